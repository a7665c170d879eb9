import { expect, test } from "vitest";

import { between, keepSelection, keptSelection, NOTHING, rangesOf, selected } from "./selection";

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

test("a selection is kept for its job and the list in which it was made", () => {
  const some = new Set([1, 4]);
  keepSelection("job_1", "failed", some);

  expect(keptSelection("job_1")).toBe(some);
  expect(keptSelection("job_1", "failed")).toBe(some);
  expect(keptSelection("job_1", "all")).toBe(NOTHING);
  expect(keptSelection("job_2")).toBe(NOTHING);
});
