import { expect, test } from "vitest";

import { lightnessOf } from "./colors";

test("the lightness of a gray is CIE L*", () => {
  expect(lightnessOf(0)).toBe(0);
  expect(lightnessOf(255)).toBeCloseTo(100, 5);
  expect(lightnessOf(119)).toBeCloseTo(50, 0);
  expect(lightnessOf(8)).toBeCloseTo(2.2, 1);
});
