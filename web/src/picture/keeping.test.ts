import { afterEach, expect, test, vi } from "vitest";

import type { Draft } from "./draft";

const DRAFT: Draft = { vividness: 1.2, seed: 0, variant: 1, hints: [{ x: 0.5, y: 0.25, color: "#aa0000" }] };

/** As after a reload: nothing is in memory. */
async function loaded() {
  vi.resetModules();
  return import("./keeping");
}

function store(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
    removeItem: (key: string) => items.delete(key),
  } as unknown as Storage;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a draft outlives a reload until it is forgotten", async () => {
  vi.stubGlobal("sessionStorage", store());
  (await loaded()).keepDraft("job_1/7/1", DRAFT);

  const { keptDraft, keepDraft } = await loaded();
  expect(keptDraft("job_1/7/1")).toEqual(DRAFT);
  expect(keptDraft("job_1/8/1")).toBeNull();
  keepDraft("job_1/7/1", null);
  expect(keptDraft("job_1/7/1")).toBeNull();
});

test("where storage is blocked, a draft lasts as long as the page", async () => {
  vi.stubGlobal("sessionStorage", {
    getItem: () => {
      throw new DOMException("blocked", "SecurityError");
    },
    setItem: () => {
      throw new DOMException("blocked", "SecurityError");
    },
  });
  const { keptDraft, keepDraft } = await loaded();

  keepDraft("job_1/7/1", DRAFT);

  expect(keptDraft("job_1/7/1")).toEqual(DRAFT);
});
