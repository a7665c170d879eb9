import "fake-indexeddb/auto";

import { expect, test } from "vitest";

import { inMemory, openStore, type UploadRecord } from "./store";

const record: UploadRecord = {
  id: "1", name: "a.zip", bytes: 10, count: 1, manifest: "10 1 a.zip", terms: { labels: ["1931"] }, createdAt: 1,
  roots: [], isPaused: false, upload: "upl_1", partBytes: 4,
};

test.each([
  ["in the database", openStore],
  ["in memory", () => Promise.resolve(inMemory())],
])("uploads and their parts are kept %s", async (_, open) => {
  const store = await open();
  await store.put(record);
  await store.put({ ...record, id: "2" });
  await store.put({ ...record, isPaused: true });
  await Promise.all([store.addPart("1", 2, "b"), store.addPart("1", 1, "a"), store.addPart("2", 1, "z")]);

  expect(await store.get("1")).toEqual({ ...record, isPaused: true });
  expect(new Map([...(await store.parts("1"))].sort())).toEqual(new Map([[1, "a"], [2, "b"]]));

  await store.remove("1");
  expect((await store.all()).map(({ id }) => id)).toEqual(["2"]);
  expect((await store.parts("1")).size).toBe(0);
  expect(await store.parts("2")).toEqual(new Map([[1, "z"]]));

  await store.removeParts("2");
  expect((await store.parts("2")).size).toBe(0);
});

test("another tab that opens it sees the same", async () => {
  await (await openStore()).put({ ...record, id: "3" });

  expect(await (await openStore()).get("3")).toEqual({ ...record, id: "3" });
});

test("roots that the browser cannot keep are left out", async () => {
  const store = await openStore();
  const root = { kind: "file", name: "a.zip", getFile: () => undefined } as unknown as FileSystemHandle;

  await store.put({ ...record, roots: [root] });

  expect((await store.get("1"))?.roots).toEqual([]);
});
