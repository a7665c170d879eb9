import { expect, test } from "vitest";

import { arrange } from "./arrange";
import { MODIFIED, picked } from "./testing";

test("pictures that are chosen together are one job, and each archive is one", async () => {
  const { plans } = await arrange([picked("a.jpg"), picked("1931.zip"), picked("b.jpg"), picked("more/1932.tar.zst")]);

  expect(plans.map(({ source, files }) => [source.name, files.map(({ path }) => path)])).toEqual([
    ["1931.zip", ["1931.zip"]],
    ["1932.tar.zst", ["1932.tar.zst"]],
    ["a.jpg and 1 more", ["a.jpg", "b.jpg"]],
  ]);
});

test("one picture is sent as it is", async () => {
  const [plan] = (await arrange([picked("Album/a.jpg", "0123")])).plans;

  expect([plan?.source.name, plan?.source.bytes]).toEqual(["a.jpg", 4]);
});

test("a folder gives the job its name, and paths inside it", async () => {
  const [plan] = (await arrange([picked("Album/b/c.jpg"), picked("Album/a.jpg")])).plans;

  const tar = await (await plan?.source.read(0, plan.source.bytes))?.text() ?? "";
  expect(plan?.source.name).toBe("Album");
  expect(tar.startsWith("a.jpg\0")).toBe(true);
  expect(tar.indexOf("b/c.jpg\0")).toBe(1024);
});

test("the folders of several are kept apart", async () => {
  const [plan] = (await arrange([picked("One/a.jpg"), picked("Two/a.jpg")])).plans;

  const tar = await (await plan?.source.read(0, plan.source.bytes))?.text() ?? "";
  expect(plan?.source.name).toBe("a.jpg and 1 more");
  expect([tar.indexOf("One/a.jpg\0"), tar.indexOf("Two/a.jpg\0")]).toEqual([0, 1024]);
});

test("what is chosen twice is sent once, and named; another file with its name gets a number", async () => {
  const files = [picked("a.jpg"), picked("a.jpg"), picked("a.jpg", "another", MODIFIED + 1), picked("b"), picked("b", "!!")];

  const { plans, duplicates, renamed } = await arrange(files);

  expect(plans[0]?.files.map(({ path }) => path)).toEqual(["a.jpg", "a (2).jpg", "b", "b (2)"]);
  expect(duplicates).toEqual(["a.jpg"]);
  expect(renamed).toEqual(["a (2).jpg", "b (2)"]);
});

test("files without content are named, and clutter is counted", async () => {
  const clutter = [".DS_Store", "Album/Thumbs.db", "Album/@eaDir/a.jpg/THUMB.jpg", "._a.jpg", ".Trash-1000/a.jpg"];

  const arrangement = await arrange([picked("empty.jpg", ""), ...clutter.map((path) => picked(path))]);

  expect(arrangement).toEqual({ plans: [], duplicates: [], renamed: [], empty: ["empty.jpg"], clutter: 5 });
});

test("the same files have the same manifest in whatever order they come; changed ones have another", async () => {
  const files = [picked("Album/b.jpg"), picked("Album/a.jpg"), picked("Album/c/d.jpg")];
  const manifestOf = async (chosen: typeof files) => (await arrange(chosen)).plans[0]?.manifest;

  const manifest = await manifestOf(files);

  expect(await manifestOf(files.toReversed())).toBe(manifest);
  expect(await manifestOf([...files.slice(1), picked("Album/b.jpg", "scan", MODIFIED + 1)])).not.toBe(manifest);
  expect(await manifestOf(files.slice(1))).not.toBe(manifest);
});

test("an archive has the same manifest with and without its folder", async () => {
  const [alone, inside] = [await arrange([picked("a.zip")]), await arrange([picked("Album/a.zip")])];

  expect(alone.plans[0]?.manifest).toBe(inside.plans[0]?.manifest);
});
