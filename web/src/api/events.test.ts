import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Job } from "./jobs";
import { follow, isStreamed, jobKey, latestKey, newerOf } from "./events";

/** The browser's, as far as it is used. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Source[] = [];
  readyState = 1;

  constructor(readonly url: string) {
    super();
    Source.opened.push(this);
  }

  close(): void {
    this.readyState = Source.CLOSED;
  }

  send(name: string, data: unknown): void {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data) }));
  }

  /** 0: the browser connects again. 2: it has given up. */
  fail(readyState: 0 | 2): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

class Tab extends EventTarget {
  hidden = false;

  show(isVisible: boolean): void {
    this.hidden = !isVisible;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

const ID = "job_1";
const jobOf = (version: number) => ({ id: ID, version }) as Job;
let queries: QueryClient;
let tab: Tab;
const newest = (): Source => {
  const source = Source.opened.at(-1);
  if (!source) throw new Error("no stream was opened");
  return source;
};

beforeEach(() => {
  vi.useFakeTimers();
  Source.opened = [];
  tab = new Tab();
  queries = new QueryClient();
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("document", tab);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("snapshots are written into the cache, from which all views read", () => {
  const stop = follow(queries, ID);
  expect(isStreamed(ID)).toBe(false);

  newest().send("snapshot", { job: jobOf(3), latest: [4, 7] });

  expect(newest().url).toBe("/v1/jobs/job_1/events");
  expect(queries.getQueryData(jobKey(ID))).toEqual(jobOf(3));
  expect(queries.getQueryData(latestKey(ID))).toEqual([4, 7]);
  expect(isStreamed(ID)).toBe(true);
  stop();
});

test("followers share a connection, which the last one closes", () => {
  const stops = [follow(queries, ID), follow(queries, ID)];

  stops[0]?.();
  expect(newest().readyState).toBe(1);
  stops[1]?.();

  expect(Source.opened).toHaveLength(1);
  expect(newest().readyState).toBe(Source.CLOSED);
});

test("while the browser connects again, the job is polled", () => {
  const stop = follow(queries, ID);
  newest().send("snapshot", { job: jobOf(3), latest: [] });

  newest().fail(0);

  expect(isStreamed(ID)).toBe(false);
  expect(queries.getQueryState(jobKey(ID))?.isInvalidated).toBe(true);
  newest().send("snapshot", { job: jobOf(4), latest: [] });
  expect(isStreamed(ID)).toBe(true);
  expect(Source.opened).toHaveLength(1);
  stop();
});

test("a stream that is refused is opened again later", () => {
  const stop = follow(queries, ID);

  newest().fail(2);
  vi.advanceTimersByTime(14_000);
  expect(Source.opened).toHaveLength(1);
  vi.advanceTimersByTime(2_000);
  expect(Source.opened).toHaveLength(2);

  newest().fail(2);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(Source.opened).toHaveLength(2);
});

test("a job that has ended is not connected to again", () => {
  const stop = follow(queries, ID);

  newest().send("snapshot", { job: jobOf(9), latest: [] });
  newest().send("end", {});

  expect(newest().readyState).toBe(Source.CLOSED);
  vi.advanceTimersByTime(60_000);
  expect(Source.opened).toHaveLength(1);
  stop();
});

test("a tab that nobody sees has no connection", () => {
  const stop = follow(queries, ID);
  tab.show(false);
  expect(newest().readyState).toBe(Source.CLOSED);

  tab.show(true);

  expect(Source.opened).toHaveLength(2);
  expect(newest().readyState).toBe(1);
  stop();
});

test("an older answer never replaces a newer one", () => {
  const stop = follow(queries, ID);
  queries.setQueryData(jobKey(ID), jobOf(5));

  newest().send("snapshot", { job: jobOf(4), latest: [] });

  expect(queries.getQueryData(jobKey(ID))).toEqual(jobOf(5));
  expect(newerOf(undefined, jobOf(1))).toEqual(jobOf(1));
  expect(newerOf(jobOf(5), jobOf(5))).toEqual(jobOf(5));
  stop();
});
