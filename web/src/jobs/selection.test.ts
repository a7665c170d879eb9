import { expect, test } from "vitest";

import { between, NOTHING, rangesOf, selected } from "./selection";

test("a selection is changed by whole ranges, in either direction", () => {
  const some = selected(NOTHING, between(7, 4), true);

  expect([...some]).toEqual([4, 5, 6, 7]);
  expect([...selected(some, between(5, 6), false)]).toEqual([4, 7]);
  expect(NOTHING.size).toBe(0);
});

test("a selection is named by its ranges, in order", () => {
  expect(rangesOf(NOTHING)).toBe("");
  expect(rangesOf(new Set([7]))).toBe("7");
  expect(rangesOf(new Set([12, 0, 9, 11, 1, 10, 2, 7]))).toBe("0-2,7,9-12");
  expect(rangesOf(new Set(between(0, 99_999)))).toBe("0-99999");
});
