import { expect, test } from "vitest";

import { FileUnreadable, type Picked } from "./sources";
import { fromDrop, fromFiles, fromHandles, fromRoots } from "./walking";

const ignore = () => undefined;
const pathsOf = (files: readonly Picked[]) => files.map(({ path }) => path).sort();

interface Tree {
  [name: string]: string | Tree;
}
const TREE: Tree = { "a.jpg": "a", "1931": { "b.jpg": "bb", deep: { "c.jpg": "ccc" } }, empty: {} };
const PATHS = ["Album/1931/b.jpg", "Album/1931/deep/c.jpg", "Album/a.jpg"];

/** As Chromium's File System Access gives out. */
function handle(name: string, content: string | Tree): FileSystemHandle {
  const file = typeof content === "string";
  const handles = file ? [] : Object.entries(content).map(([inside, each]) => handle(inside, each));
  return {
    kind: file ? "file" : "directory",
    name,
    getFile: () => Promise.resolve(new File([content as string], name, { lastModified: 5 })),
    values: () => handles.values(),
  } as unknown as FileSystemHandle;
}

/** As `webkitGetAsEntry` gives out: two entries at a time. */
function entry(path: string, content: string | Tree): FileSystemEntry {
  const isFile = typeof content === "string";
  const entries = isFile ? [] : Object.entries(content).map(([inside, each]) => entry(`${path}/${inside}`, each));
  return {
    isFile,
    isDirectory: !isFile,
    fullPath: path,
    file: (resolve: (file: File) => void) => {
      resolve(new File([content as string], "", { lastModified: 5 }));
    },
    createReader: () => {
      const left = [...entries];
      return { readEntries: (resolve: (some: FileSystemEntry[]) => void) => { resolve(left.splice(0, 2)); } };
    },
  } as unknown as FileSystemEntry;
}

interface Dropped {
  entry?: FileSystemEntry;
  file?: File;
  handle?: () => Promise<FileSystemHandle | null>;
}

function items(...dropped: Dropped[]): DataTransferItemList {
  return dropped.map((each) => ({
    kind: "file",
    webkitGetAsEntry: () => each.entry ?? null,
    getAsFile: () => each.file ?? null,
    ...(each.handle ? { getAsFileSystemHandle: each.handle } : {}),
  })) as unknown as DataTransferItemList;
}

test("a dropped folder keeps its tree, by handles and without", async () => {
  const album = entry("/Album", TREE);
  const root = handle("Album", TREE);

  const byEntry = await fromDrop(items({ entry: album }))(ignore);
  const byHandle = await fromDrop(items({ entry: album, handle: () => Promise.resolve(root) }))(ignore);
  const refused = await fromDrop(items({ entry: album, handle: () => Promise.reject(new DOMException("", "AbortError")) }))(ignore);

  expect([byEntry, byHandle, refused].map(pathsOf)).toEqual([PATHS, PATHS, PATHS]);
  expect(byHandle.map((file) => file.root)).toEqual([root, root, root]);
  expect(byEntry.map((file) => [file.bytes, file.modified, file.root])).toContainEqual([3, 5, null]);
});

test("dropped files and folders come together", async () => {
  const found: number[] = [];
  const file = new File(["x"], "loose.jpg");

  const files = await fromDrop(items({ entry: entry("/Album", TREE) }, { file }))((count) => found.push(count));

  expect(pathsOf(files)).toEqual([...PATHS, "loose.jpg"]);
  expect(found.at(-1)).toBe(4);
});

test("files are opened when they are read", async () => {
  const [file] = await fromHandles([handle("a.jpg", "content")]);

  expect(await (await file?.open())?.text()).toBe("content");
});

test("a file of a folder that cannot be read stops all: a part would be taken for the whole", async () => {
  const getFile = () => Promise.reject(new DOMException("", "NotReadableError"));
  const broken = { kind: "file", name: "b.jpg", getFile };
  const root = { kind: "directory", name: "Album", values: () => [broken].values() } as unknown as FileSystemHandle;

  const walk = fromHandles([root]);

  await expect(walk).rejects.toThrow(FileUnreadable);
  await expect(walk).rejects.toThrow("Album/b.jpg cannot be read");
});

test("chosen folders have their paths; what is from the clipboard is kept by the browser", async () => {
  const inFolder = Object.defineProperty(new File(["x"], "a.jpg"), "webkitRelativePath", { value: "Album/a.jpg" });
  const pasted = new File(["y"], "image.png", { lastModified: 7 });

  expect((await fromFiles([inFolder])).map(({ path, root }) => [path, root])).toEqual([["Album/a.jpg", null]]);
  const kept = await fromFiles([pasted], undefined, true);
  expect(kept[0]?.root).toBe(pasted);
  expect((await fromRoots([pasted, handle("Album", TREE)])).map(({ path }) => path).sort()).toEqual([...PATHS, "image.png"]);
});
