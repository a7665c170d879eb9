// Files of what was dropped, chosen or pasted, with the tree of folders. Browsers differ in what they offer for that.
import { eachAtOnce, eachInSlices } from "./slices";
import { FileUnreadable, type Picked, type Root } from "./sources";

/** How many files were found so far. */
export type OnFound = (count: number) => void;

/** Of each, browsers ask the system: one after the other takes long. */
const AT_ONCE = 16;
/** Browsers give out the handles of many dropped files slowly; those of a few are enough for what people drop. */
const MOST_HANDLES = 100;

type Add = (file: Picked) => void;

async function collected(walk: (add: Add) => Promise<void>, onFound?: OnFound): Promise<Picked[]> {
  const files: Picked[] = [];
  await walk((file) => {
    files.push(file);
    onFound?.(files.length);
  });
  return files;
}

/** Of a file button. Those of the clipboard are nowhere else, so the browser has to keep them. */
export function fromFiles(files: readonly File[], onFound?: OnFound, isKept = false): Promise<Picked[]> {
  return collected((add) => addFiles(files, add, isKept), onFound);
}

/** Of what the browser can open again. Throws FileUnreadable: a part of a folder would be taken for all of it. */
export function fromHandles(handles: readonly FileSystemHandle[], onFound?: OnFound): Promise<Picked[]> {
  return collected((add) => addHandles(handles, add), onFound);
}

/** Of what was kept over a reload. Throws FileUnreadable. */
export function fromRoots(roots: readonly Root[]): Promise<Picked[]> {
  return collected(async (add) => {
    await addFiles(roots.filter((root) => root instanceof File), add, true);
    await addHandles(roots.filter(isHandle), add);
  });
}

/** To be called while the drop is handled: afterwards its items are gone. Reading them throws FileUnreadable.
 *
 * The tree is that of the entries: folders that are read by their handles silently lack files with some names, such as
 * those that end in a dot. The handles are only kept.
 */
export function fromDrop(items: DataTransferItemList): (onFound: OnFound) => Promise<Picked[]> {
  const dropped = [...items].filter(({ kind }) => kind === "file");
  const handles = dropped.map((item) => (dropped.length <= MOST_HANDLES ? handleOf(item) : Promise.resolve(null)));
  const entries = dropped.map((item) => item.webkitGetAsEntry());
  // Not every file, because browsers freeze for each of many.
  const files = dropped.map((item, index) => (entries[index] ? null : item.getAsFile()));
  return (onFound) =>
    collected(async (add) => {
      const roots = await Promise.all(handles);
      await addEntries(entries.map((entry, index) => ({ entry, root: roots[index] ?? null })), add);
      await addFiles(files.filter((file) => file !== null), add);
    }, onFound);
}

/** Null where the browser refuses it, as it does for some folders: their files are sent nevertheless. */
async function handleOf(item: DataTransferItem): Promise<FileSystemHandle | null> {
  try {
    return (await item.getAsFileSystemHandle?.()) ?? null;
  } catch {
    return null;
  }
}

function addFiles(files: readonly File[], add: Add, isKept = false): Promise<void> {
  // Browsers look sizes up one by one, which is slow: hence in slices.
  return eachInSlices(files, (file) => {
    const path = file.webkitRelativePath || file.name;
    add({ path, bytes: file.size, modified: file.lastModified, open: () => file, root: isKept ? file : null });
  });
}

function addHandles(roots: readonly FileSystemHandle[], add: Add): Promise<void> {
  return eachAtOnce(filesBelowAll(roots), AT_ONCE, async ({ handle, path, root }) => {
    add(await pickedOf(path, () => handle.getFile(), root));
  });
}

interface Dropped {
  entry: FileSystemEntry | null;
  root: FileSystemHandle | null;
}

function addEntries(dropped: readonly Dropped[], add: Add): Promise<void> {
  return eachAtOnce(entriesBelowAll(dropped), AT_ONCE, async ({ entry, root }) => {
    add(await pickedOf(entry.fullPath.replace(/^\//, ""), () => fileOf(entry), root));
  });
}

async function pickedOf(path: string, open: () => Promise<File>, root: FileSystemHandle | null): Promise<Picked> {
  try {
    const { size, lastModified } = await open();
    return { path, bytes: size, modified: lastModified, open, root };
  } catch (cause) {
    throw new FileUnreadable(path, { cause });
  }
}

interface Found {
  handle: FileSystemFileHandle;
  path: string;
  root: FileSystemHandle;
}

async function* filesBelowAll(roots: readonly FileSystemHandle[]): AsyncGenerator<Found> {
  for (const root of roots) yield* filesBelow(root, root.name, root);
}

async function* filesBelow(handle: FileSystemHandle, path: string, root: FileSystemHandle): AsyncGenerator<Found> {
  if (isFile(handle)) yield { handle, path, root };
  else if (isFolder(handle)) {
    for await (const inside of handle.values()) yield* filesBelow(inside, `${path}/${inside.name}`, root);
  }
}

function isHandle(root: Root): root is FileSystemHandle {
  return !(root instanceof File);
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === "file";
}

function isFolder(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === "directory";
}

async function* entriesBelowAll(
  dropped: readonly Dropped[],
): AsyncGenerator<{ entry: FileSystemFileEntry; root: FileSystemHandle | null }> {
  for (const { entry, root } of dropped) {
    if (entry) for await (const file of entriesBelow(entry)) yield { entry: file, root };
  }
}

async function* entriesBelow(entry: FileSystemEntry): AsyncGenerator<FileSystemFileEntry> {
  if (entry.isFile) yield entry as FileSystemFileEntry;
  if (!entry.isDirectory) return;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (let inside = await nextEntries(reader); inside.length > 0; inside = await nextEntries(reader)) {
    for (const each of inside) yield* entriesBelow(each);
  }
}

function nextEntries(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => {
    reader.readEntries(resolve, reject);
  });
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}
