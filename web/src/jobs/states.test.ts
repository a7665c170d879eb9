import { i18n } from "@lingui/core";
import { beforeAll, expect, test } from "vitest";

import type { Job } from "../api/jobs";
import { countsSentence, differenceOf, titleOf } from "./states";

beforeAll(() => {
  i18n.loadAndActivate({ locale: "en", messages: {} });
});

const NONE = { pending: 0, succeeded: 0, failed: 0, skipped: 0, canceled: 0, expired: 0 };

function jobOf(counts: Partial<Job["counts"]>, items: number | null = 250): Job {
  return { id: "job_1", counts: { ...NONE, ...counts }, items } as Job;
}

test("the counts never hide a failure", () => {
  expect(countsSentence(jobOf({ succeeded: 211, failed: 6, pending: 33 }), String)).toBe("211 done, 6 failed, 33 to go");
});

test("every state of an item is counted", () => {
  const counts = { succeeded: 1, failed: 2, expired: 3, canceled: 4, skipped: 5, pending: 6 };

  expect(countsSentence(jobOf(counts), String)).toBe("1 done, 2 failed, 3 too late, 4 canceled, 5 skipped, 6 to go");
});

test("what is not known is not shown as zero", () => {
  expect(countsSentence(jobOf({}, null), String)).toBe("not counted yet");
  expect(countsSentence(jobOf({}, 0), String)).toBe("no pictures");
});

test("a job is named after its source", () => {
  const title = (source: unknown) => titleOf({ id: "job_1", source } as Job);

  expect(title({ type: "upload", filename: "1931.zip" })).toBe("1931.zip");
  expect(title({ type: "upload", filename: null })).toBe("job_1");
  expect(title({ type: "uploads", count: 12 })).toBe("12 pictures");
  expect(title({ type: "job", job: "job_0", filename: "02.jpg" })).toBe("02.jpg, recolored");
  expect(title({ type: "s3_prefix", bucket: "scans", prefix: "1931/" })).toBe("s3://scans/1931/");
});

test("a job of another one says what is different", () => {
  const difference = (type: string, options: object) =>
    differenceOf({ source: { type }, options: { vividness: 1, hints: [], variants: 1, ...options } } as unknown as Job, String);

  expect(difference("job", { vividness: 1.5, hints: [{}, {}] })).toBe("vividness 1.5, 2 hints");
  expect(difference("job", { variants: 3 })).toBe("vividness 1, 3 colorings");
  expect(difference("upload", { vividness: 1.5 })).toBe("");
});
