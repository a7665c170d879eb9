import { expect, test } from "vitest";

import { scaleOf } from "./gridScale";

const sizes = { total: 5_000, top: 300, window: 800 };

test("a grid that fits is not scaled", () => {
  const { height, toGrid, toDocument } = scaleOf(sizes, 5_000);
  expect(height).toBe(5_000);
  expect([0, 300, 4_500, 9_000].map(toGrid)).toEqual([0, 300, 4_500, 9_000]);
  expect([0, 300, 4_500, 9_000].map(toDocument)).toEqual([0, 300, 4_500, 9_000]);
});

test("one that is too high ends where its end is in the document", () => {
  const { height, toGrid } = scaleOf(sizes, 2_000);
  expect(height).toBe(2_000);
  expect(toGrid(300)).toBe(300);
  expect(toGrid(300 + 2_000 - 800)).toBe(300 + 5_000 - 800);
});

test("what is above it and below it scrolls as ever", () => {
  const { toGrid } = scaleOf(sizes, 2_000);
  expect(toGrid(120)).toBe(120);
  expect(toGrid(2_000)).toBe(5_000);
});

test("the way back leads to the same place", () => {
  const { toGrid, toDocument } = scaleOf(sizes, 2_000);
  for (const offset of [0, 250, 301, 900, 1_499, 1_500, 2_400]) expect(toDocument(toGrid(offset))).toBeCloseTo(offset);
});
