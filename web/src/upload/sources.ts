// What is sent: bytes that can be read at any offset, again for a retry or after a reload. Knows no React and no network.
import { eachAtOnce, rest } from "./slices";
import { BLOCK, endLength, type Entry, headerLength, headerOf, paddedTo } from "./tar";

export interface Source {
  readonly name: string;
  readonly bytes: number;
  /** The bytes from `start` up to, without, `end`. The browser reads them while it sends them. Throws FileUnreadable. */
  read: (start: number, end: number) => Promise<Blob>;
  /** Whether it was the files, and not the network, that failed. Throws FileUnreadable. */
  check: (start: number, end: number) => Promise<void>;
}

/** What the browser can keep over a reload: a file or folder on disk, or a file that is nowhere else. */
export type Root = FileSystemHandle | File;

/** A file that somebody chose. It is opened only while its bytes are read. */
export interface Picked extends Entry {
  open: () => File | Promise<File>;
  /** From what it can be opened again after a reload, if the browser offers that. */
  readonly root: Root | null;
}

export class FileUnreadable extends Error {
  constructor(
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`${path} cannot be read. It was changed, moved or removed, or the system refuses it.`, options);
    this.name = "FileUnreadable";
  }
}

/** Opening takes the browser longer than reading a small file. */
const OPEN_AT_ONCE = 16;
/** Of small files, so many are read in one go. */
const GROUP = 128;

export function fileSource(file: Picked): Source {
  const read = async (start: number, end: number) => (await opened(file)).slice(start, end);
  return {
    name: file.path.split("/").at(-1) ?? file.path,
    bytes: file.bytes,
    read,
    check: async (start, end) => check(await read(start, end), [file]),
  };
}

/** Several files as one tar, which exists nowhere: each part is made when it is read. */
export async function tarSource(name: string, files: readonly Picked[]): Promise<Source> {
  // Where each file's header begins; then, where the last one ends.
  const offsets = new Float64Array(files.length + 1);
  for (const [index, file] of files.entries()) {
    offsets[index + 1] = offsetAt(offsets, index) + headerLength(file) + paddedTo(BLOCK, file.bytes);
    await rest();
  }
  const length = offsetAt(offsets, files.length);
  return {
    name,
    bytes: length + endLength(length),
    read: (start, end) => readTar(files, offsets, start, end),
    check: async (start, end) => check(await readTar(files, offsets, start, end), within(files, offsets, start, end)),
  };
}

async function readTar(files: readonly Picked[], offsets: Float64Array, start: number, end: number): Promise<Blob> {
  const needed = within(files, offsets, start, end);
  const pieces: BlobPart[] = [];
  // A blob of each few files, because a large one takes long to make.
  for (let first = 0; first < needed.length; first += GROUP) {
    pieces.push(new Blob(await piecesOf(needed.slice(first, first + GROUP))));
  }
  const begin = offsetAt(offsets, Math.min(indexAt(offsets, start), files.length));
  const zeros = Math.max(end - offsetAt(offsets, files.length), 0); // After the last file.
  return new Blob([...pieces, new Uint8Array(zeros)]).slice(start - begin, end - begin);
}

/** The files whose headers or contents are, at least in part, in a range of the tar. */
function within(files: readonly Picked[], offsets: Float64Array, start: number, end: number): readonly Picked[] {
  return files.slice(indexAt(offsets, start), indexAt(offsets, end - 1) + 1);
}

async function piecesOf(group: readonly Picked[]): Promise<BlobPart[]> {
  const pieces: BlobPart[][] = [];
  await eachAtOnce(group.entries(), OPEN_AT_ONCE, async ([index, file]) => {
    const padding = new Uint8Array(paddedTo(BLOCK, file.bytes) - file.bytes);
    pieces[index] = [headerOf(file), await opened(file), padding];
  });
  return pieces.flat();
}

/** What was signed and announced would no longer fit to a file that has changed. */
async function opened(file: Picked): Promise<File> {
  const content = await open(file);
  if (content.size !== file.bytes || content.lastModified !== file.modified) throw new FileUnreadable(file.path);
  return content;
}

async function open(file: Picked): Promise<File> {
  try {
    return await file.open();
  } catch (cause) {
    throw new FileUnreadable(file.path, { cause });
  }
}

async function check(content: Blob, files: readonly Picked[]): Promise<void> {
  try {
    await content.arrayBuffer();
  } catch (cause) {
    throw new FileUnreadable(await unreadable(files), { cause });
  }
}

async function unreadable(files: readonly Picked[]): Promise<string> {
  for (const file of files) {
    const first = (await open(file)).slice(0, 1);
    if (!(await first.arrayBuffer().then(() => true, () => false))) return file.path;
  }
  return files[0]?.path ?? "";
}

/** Of the file whose header, content or padding has the byte at `position`. */
function indexAt(offsets: Float64Array, position: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (offsetAt(offsets, middle) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

function offsetAt(offsets: Float64Array, index: number): number {
  return offsets[index] ?? 0;
}
