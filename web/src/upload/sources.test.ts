import { expect, test } from "vitest";

import { FileUnreadable, fileSource, tarSource } from "./sources";
import { MODIFIED, picked } from "./testing";

test("a source reads the bytes of its part", async () => {
  const source = fileSource(picked("1931/a.jpg", "0123456789"));

  expect(source).toMatchObject({ name: "a.jpg", bytes: 10 });
  expect(await (await source.read(3, 6)).text()).toBe("345");
});

test("a file that has changed since it was chosen is named, not sent", async () => {
  const changed = { ...picked("b.jpg"), open: () => new File(["scan"], "b.jpg", { lastModified: MODIFIED + 1 }) };
  const longer = { ...picked("b.jpg"), open: () => new File(["scans"], "b.jpg", { lastModified: MODIFIED }) };
  const removed = { ...picked("b.jpg"), open: () => Promise.reject(new DOMException("", "NotFoundError")) };

  for (const file of [changed, longer, removed]) {
    const tar = await tarSource("Album.tar", [picked("a.jpg"), file]);
    await expect(fileSource(file).read(0, 1)).rejects.toThrow(FileUnreadable);
    await expect(tar.read(0, tar.bytes)).rejects.toThrow("b.jpg cannot be read");
  }
});

test("a file that the system does not give out is named among many", async () => {
  class Unreadable extends File {
    override slice(): Blob {
      return { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) } as Blob;
    }
    override arrayBuffer(): Promise<ArrayBuffer> {
      return Promise.reject(new DOMException("", "NotReadableError"));
    }
  }
  const broken = { ...picked("1931/b.jpg"), open: () => new Unreadable(["scan"], "b.jpg", { lastModified: MODIFIED }) };

  await expect(fileSource(broken).check(0, 4)).rejects.toThrow("1931/b.jpg cannot be read");
  await expect(fileSource(picked("1931/a.jpg")).check(0, 4)).resolves.toBeUndefined();
});

test("only the files that a part touches are opened", async () => {
  const opened: string[] = [];
  const files = Array.from({ length: 500 }, (_, index) => {
    const file = picked(`${String(index).padStart(3, "0")}.jpg`);
    const open = () => {
      opened.push(file.path);
      return file.open();
    };
    return { ...file, open };
  });
  const tar = await tarSource("Album.tar", files);

  await tar.read(1024 * 200, 1024 * 203);

  expect(opened).toEqual(["200.jpg", "201.jpg", "202.jpg"]);
});
