import { expect, test } from "vitest";

import { formatIn } from "./format";

const english = formatIn("en");
const german = formatIn("de");

test("sizes are in the largest unit that leaves a number before the point", () => {
  expect([0, 999, 1000, 14_300_000, 1_846_120_448].map(english.bytes)).toEqual(["0 bytes", "999 bytes", "1 kB", "14.3 MB", "1.8 GB"]);
  expect(german.bytes(1_846_120_448)).toBe("1,8\u00a0GB");
});

test("durations have two units at most", () => {
  expect([0.2, 59, 61, 3600, 5400, 400_000].map(english.duration)).toEqual(["1 sec", "59 sec", "1 min", "1 hr", "1 hr 30 min", "5 days"]);
});

test("times are relative to now", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  expect(english.ago("2026-11-30T11:59:40Z", now)).toBe("this minute");
  expect(english.ago("2026-11-30T09:30:00Z", now)).toBe("2 hours ago");
  expect(german.ago("2026-11-29T10:00:00Z", now)).toBe("gestern");
});
