import { expect, test } from "vitest";

import { placeOf, searchOf, START } from "./place";

test("a link leads to the same sight", () => {
  const place = { zoom: 3.25, x: 0.1234, y: 0.9, slider: 30, isSideBySide: true };

  expect(searchOf(place)).toBe("?zoom=3.25&x=0.1234&y=0.9&slider=30&view=side-by-side");
  expect(placeOf(searchOf(place))).toEqual(place);
});

test("what a plain link shows is not in the address", () => {
  expect(searchOf({ ...START, zoom: 1.003 })).toBe("");
  expect(placeOf("")).toEqual(START);
});

test("an address that somebody spoiled shows the picture nevertheless", () => {
  expect(placeOf("?zoom=-4&x=7&y=nine&slider=1e9&view=upside-down")).toEqual({ ...START, x: 1, slider: 100 });
  expect(placeOf("?zoom=&slider=NaN")).toEqual(START);
});
