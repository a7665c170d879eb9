import { expect, test, vi } from "vitest";

import { Refused, Unreachable } from "../api/problems";
import { pause, retrying, TRIES } from "./retrying";

const { signal } = new AbortController();
const wait = () => Promise.resolve();

test("a lost connection is waited for, however long, and the reason is shown", async () => {
  const onTrouble = vi.fn();
  const act = (attempt: number) => (attempt < 50 ? Promise.reject(new Unreachable()) : Promise.resolve(attempt));

  expect(await retrying(act, { signal, wait, onTrouble })).toBe(50);

  expect(onTrouble).toHaveBeenCalledTimes(50);
});

test("refusals that may pass are tried again, but not for ever; others are not", async () => {
  const busy = vi.fn().mockRejectedValue(new Refused(503, null));
  await expect(retrying(busy, { signal, wait })).rejects.toThrow(Refused);
  expect(busy).toHaveBeenCalledTimes(TRIES);

  const wrong = vi.fn().mockRejectedValue(new Refused(422, null));
  await expect(retrying(wrong, { signal, wait })).rejects.toThrow(Refused);
  expect(wrong).toHaveBeenCalledTimes(1);
});

test("waits become longer, up to a limit", async () => {
  const seconds: number[] = [];
  const noted = (length: number) => {
    seconds.push(length);
    return Promise.resolve();
  };

  await retrying((attempt) => (attempt < 8 ? Promise.reject(new Unreachable()) : Promise.resolve()), { signal, wait: noted });

  expect(seconds).toEqual([0.5, 1, 2, 4, 8, 16, 20, 20]);
});

test("a pause ends when the browser is online again, or when it is aborted", async () => {
  const page = new EventTarget();
  vi.stubGlobal("window", page);
  const control = new AbortController();
  const online = pause(1000, control.signal);
  page.dispatchEvent(new Event("online"));
  await online;

  const aborted = pause(1000, control.signal);
  control.abort();

  await expect(aborted).rejects.toThrow("The upload was stopped.");
  vi.unstubAllGlobals();
});
