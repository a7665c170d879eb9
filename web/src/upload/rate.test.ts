import { expect, test } from "vitest";

import { Rate } from "./rate";

test("the rate is that of the last seconds", () => {
  const rate = new Rate();
  for (let second = 0; second <= 100; second++) rate.note(second < 80 ? second : 80 + (second - 80) * 1000, second * 1000);

  expect(rate.perSecond()).toBe(1000);
});

test("there is none from a moment, nor when nothing moves, nor after it was forgotten", () => {
  const rate = new Rate();
  rate.note(0, 0);
  rate.note(1000, 1000);
  expect(rate.perSecond()).toBeNull();
  rate.note(2000, 2000);
  expect(rate.perSecond()).toBe(1000);

  rate.forget();
  expect(rate.perSecond()).toBeNull();
  rate.note(2000, 3000);
  rate.note(2000, 6000);
  expect(rate.perSecond()).toBeNull();
});
