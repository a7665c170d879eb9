import { expect, test } from "vitest";

import type { Job } from "../api/jobs";
import { changedHint, changesHints, changesMore, type Draft, MOST_HINTS, optionsOf, withHint, withoutHint, withSeed } from "./draft";

const DRAFT: Draft = { vividness: 1, seed: 0, variant: 2, hints: [] };
const JOB = { options: { model: "base", format: "png", quality: null, variants: 3, vividness: 0.5 } } as Job;

test("hints are set, moved, colored and removed", () => {
  const two = withHint(withHint(DRAFT, { x: 0.123456, y: 1.2 }, "#aa0000"), { x: 0.5, y: 0.5 }, "#00aa00");
  expect(two.hints[0]).toEqual({ x: 0.1235, y: 1, color: "#aa0000" });

  const moved = changedHint(changedHint(two, 1, { x: -0.1 }), 1, { color: "#0000aa" });
  expect(moved.hints).toEqual([two.hints[0], { x: 0, y: 0.5, color: "#0000aa" }]);
  expect(withoutHint(moved, 0).hints).toEqual([moved.hints[1]]);
});

test("there are no more hints than a job takes", () => {
  const full = { ...DRAFT, hints: Array.from({ length: MOST_HINTS }, () => ({ x: 0, y: 0, color: "#000000" })) };

  expect(withHint(full, { x: 0.5, y: 0.5 }, "#aa0000")).toBe(full);
});

test("hints alone change nothing for other pictures", () => {
  const hinted = withHint(DRAFT, { x: 0.5, y: 0.5 }, "#aa0000");

  expect(changesMore(hinted, DRAFT)).toBe(false);
  expect(changesHints(hinted, DRAFT)).toBe(true);
  expect(changesHints(changedHint(hinted, 0, { x: 0.6 }), hinted)).toBe(true);
  expect(changesHints(withoutHint(hinted, 0), DRAFT)).toBe(false);
  expect(changesMore({ ...hinted, vividness: 1.2 }, DRAFT)).toBe(true);
  expect(changesMore(withSeed(hinted, 1), DRAFT)).toBe(true);
});

test("a job of several pictures gets no hints, and the variants that the chosen one is of", () => {
  const draft = withHint(DRAFT, { x: 0.5, y: 0.5 }, "#aa0000");
  const kept = { model: "base", format: "png", quality: null, vividness: 1, seed: 0 };

  expect(optionsOf(JOB, draft, true)).toEqual({ ...kept, variants: 3, hints: draft.hints });
  expect(optionsOf(JOB, draft, false)).toEqual({ ...kept, variants: 3, hints: [] });
  expect(optionsOf(JOB, withSeed(draft, 5), false)).toEqual({ ...kept, seed: 5, variants: 1, hints: [] });
});
