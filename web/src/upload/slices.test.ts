import { expect, test } from "vitest";

import { eachAtOnce, eachInSlices, sortedInSlices } from "./slices";

test("sorting is that of the language, and stable", async () => {
  const items = Array.from({ length: 5000 }, (_, index) => ({ key: (index * 7919) % 1009, index }));
  const compare = (a: { key: number }, b: { key: number }) => a.key - b.key;

  expect(await sortedInSlices(items, compare)).toEqual(items.toSorted(compare));
  expect(await sortedInSlices([], compare)).toEqual([]);
});

test("others get their turn during long work", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);

  await eachInSlices(Array.from({ length: 40 }), () => {
    const end = performance.now() + 2;
    while (performance.now() < end);
  });

  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});

test("no more than asked run at once, and a failure stops the rest", async () => {
  let [running, most] = [0, 0];
  const done: number[] = [];
  const act = async (item: number) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    if (item === 5) throw new Error("five");
    done.push(item);
  };

  await expect(eachAtOnce(Array.from({ length: 100 }, (_, index) => index), 3, act)).rejects.toThrow("five");

  expect(most).toBe(3);
  expect(running).toBe(0);
  expect(done.length).toBeLessThan(10);
});

test("items may come one by one", async () => {
  async function* later() {
    yield* await Promise.resolve([1, 2, 3]);
  }
  const items: number[] = [];

  await eachAtOnce(later(), 2, (item) => Promise.resolve(void items.push(item)));

  expect(items).toEqual([1, 2, 3]);
});
