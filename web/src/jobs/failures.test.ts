import { i18n } from "@lingui/core";
import { beforeAll, describe, expect, test } from "vitest";

import type { Item } from "../api/items";
import type { Job } from "../api/jobs";
import { canRetry, explainFailure, whyNoRetry } from "./failures";

beforeAll(() => {
  i18n.loadAndActivate({ locale: "en", messages: {} });
});

const failureOf = (code: string) => ({ code, detail: "" });
const itemOf = (code: string) => ({ error: failureOf(code) }) as Item;
const COUNTS = { pending: 0, succeeded: 1, failed: 1, skipped: 0, canceled: 0, expired: 0 };
const jobOf = (counts: Partial<Job["counts"]> = {}) => ({ error: null, counts: { ...COUNTS, ...counts } }) as Job;

describe("the same bytes", () => {
  test.each(["corrupt_image", "unsupported_format", "archive_truncated", "empty_archive"])("fail again: %s", (code) => {
    expect(canRetry(failureOf(code))).toBe(false);
    expect(explainFailure(failureOf(code)).todo).not.toMatch(/[Rr]etry/);
  });

  test.each(["worker_lost", "source_unavailable", "a_code_of_tomorrow"])("may succeed the next time: %s", (code) => {
    expect(canRetry(failureOf(code))).toBe(true);
  });

  test("of a picture are replaced by a new job", () => {
    expect(explainFailure(failureOf("corrupt_image")).todo).toMatch(/submit that file as a new job\.$/);
  });
});

test("the advice for an archive says what to send", () => {
  expect(explainFailure(failureOf("archive_truncated")).todo).toMatch(/^Send the archive again\./);
  expect(explainFailure(failureOf("empty_archive")).todo).toBe("Choose an archive that holds pictures.");
});

test("a retry of a selection says why it is not offered", () => {
  expect(whyNoRetry(jobOf(), [])).toBe("Only pictures that failed can be retried.");
  expect(whyNoRetry(jobOf(), [itemOf("corrupt_image")])).toMatch(/would fail again/);
  expect(whyNoRetry(jobOf(), [itemOf("corrupt_image"), itemOf("worker_lost")])).toBeNull();
  expect(whyNoRetry(jobOf({ canceled: 1 }), [itemOf("worker_lost")])).toMatch(/ended before/);
});
