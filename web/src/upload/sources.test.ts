import { expect, test } from "vitest";

import { arrange, bytesOf, fileSource } from "./sources";

const file = (name: string, content = "scan", lastModified = 1) => new File([content], name, { lastModified });

test("pictures that are chosen together are one job, and each archive is one", () => {
  const { plans } = arrange([file("a.jpg"), file("1931.zip"), file("b.jpg"), file("1932.tar.zst")]);

  expect(plans.map(({ name, sources }) => [name, sources.map((source) => source.name)])).toEqual([
    ["1931.zip", ["1931.zip"]],
    ["1932.tar.zst", ["1932.tar.zst"]],
    ["a.jpg", ["a.jpg", "b.jpg"]],
  ]);
});

test("what is chosen twice is sent once, and named", () => {
  const { plans, duplicates } = arrange([file("a.jpg"), file("a.jpg"), file("a.jpg", "another", 2)]);

  expect(plans[0]?.sources.length).toBe(2);
  expect(duplicates).toEqual(["a.jpg"]);
});

test("files without content are named and not sent", () => {
  expect(arrange([file("empty.jpg", "")])).toEqual({ plans: [], duplicates: [], empty: ["empty.jpg"] });
});

test("a source reads the bytes of its part", async () => {
  const source = fileSource(file("a.jpg", "0123456789"));

  expect(await (await source.read(3, 6)).text()).toBe("345");
  expect(bytesOf({ name: "", sources: [source, source] })).toBe(20);
});
