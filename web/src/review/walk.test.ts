import { expect, test } from "vitest";

import { back, forward, returned, START, stepped } from "./walk";

const WALKED = [1, 2, 3, 4, 5].reduce(stepped, START);

test("back and forward lead along the way", () => {
  const one = back(WALKED, 6);
  expect(one?.to).toBe(5);
  const two = one && back(one.walk, one.to);
  expect(two?.to).toBe(4);
  const again = two && forward(two.walk, two.to);
  expect(again?.to).toBe(5);
  expect(again && forward(again.walk, again.to)?.to).toBe(6);

  expect(back(START, 1)).toBeNull();
  expect(forward(WALKED, 6)).toBeNull();
});

test("what is undone is gone back to, and the way on stays", () => {
  const undone = returned(WALKED, 6, 4);

  expect(back(undone, 4)?.to).toBe(3);
  expect(forward(undone, 4)?.to).toBe(5);
  expect(returned(WALKED, "end", 5).future).toEqual(["end"]);
  expect(back(returned(WALKED, 6, 99), 99)?.to).toBe(6);
  expect(returned(WALKED, 6, 6)).toEqual(WALKED);
});
