import { expect, test } from "vitest";

import { moved } from "./gridKeys";

const grid = { columns: 4, count: 10 };

test("arrows move by one, or by a row, and stop at the ends", () => {
  expect(moved("ArrowRight", 3, grid)).toBe(4);
  expect(moved("ArrowLeft", 0, grid)).toBe(0);
  expect(moved("ArrowDown", 1, grid)).toBe(5);
  expect(moved("ArrowUp", 1, grid)).toBe(1);
  expect(moved("ArrowRight", 9, grid)).toBe(9);
});

test("down from above the gap of the last row leads to its last picture", () => {
  expect(moved("ArrowDown", 7, grid)).toBe(9);
  expect(moved("ArrowDown", 9, grid)).toBe(9);
});

test("home and end lead to the first and the last picture, other keys nowhere", () => {
  expect(moved("Home", 5, grid)).toBe(0);
  expect(moved("End", 5, grid)).toBe(9);
  expect(moved("a", 5, grid)).toBeNull();
});
