// The order in which results are reviewed: the archive's own. Only what is next is asked for, however long the queue is.
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { type Filter, type Item, itemsFrom, itemsKey } from "../api/items";
import type { Job } from "../api/jobs";
import type { Verdict } from "../api/verdicts";
import { VERDICTS } from "./verdicts";

/** `open`: what nobody has judged. A verdict: to look again at those. */
export type Queue = "open" | "all" | Verdict;

export const QUEUES: readonly Queue[] = ["open", "all", ...VERDICTS];

export function queueOf(value: string | null): Queue {
  return QUEUES.find((queue) => queue === value) ?? "open";
}

/** How many are known in advance, so that the next picture is there when it is turned to. */
const AHEAD = 3;
const STRETCH = 100;

const isIn = (queue: Queue, item: Item) => queue !== "open" || item.verdict === null;
const filterOf = (queue: Queue): Filter =>
  queue === "all" ? { state: "succeeded" } : { state: "succeeded", verdict: queue === "open" ? "none" : queue };

/** The first of the queue from an index on. */
export async function ahead(job: Job, queue: Queue, start: number, count = AHEAD): Promise<Item[]> {
  const found: Item[] = [];
  for (let from = start; found.length < count; ) {
    const stretch = await itemsFrom(job, filterOf(queue), from, STRETCH);
    found.push(...stretch.filter((item) => isIn(queue, item)));
    const last = stretch.at(-1);
    if (!last || stretch.length < STRETCH) break;
    from = last.index + 1;
  }
  return found.slice(0, count);
}

/** The nearest result before an index, judged or not. Null: there is none. */
export async function before(job: Job, index: number): Promise<number | null> {
  for (let end = index; end > 0; end -= STRETCH) {
    const start = Math.max(0, end - STRETCH);
    const stretch = await itemsFrom(job, { state: "succeeded" }, start, STRETCH);
    const found = stretch.filter((item) => item.index < end).at(-1);
    if (found) return found.index;
  }
  return null;
}

/** Shaped as a page of items, so that verdicts given meanwhile are in it. */
const aheadOf = (queries: QueryClient, job: Job, queue: Queue, index: number) => ({
  queryKey: [...itemsKey(job.id), job.run, "ahead", queue, index],
  queryFn: async () => {
    const data = await ahead(job, queue, index + 1);
    // Before anybody goes there: a key that is pressed at once has to find the item.
    for (const item of data) {
      queries.setQueryData([...itemsKey(job.id), job.run, "one", item.index], (known) => known ?? item);
    }
    return { data, next_cursor: null };
  },
  staleTime: Infinity,
  gcTime: 10_000,
});

/** What comes after an index; at once if `useAhead` has prepared it. */
export async function nextOf(queries: QueryClient, job: Job, queue: Queue, index: number): Promise<number | null> {
  const { data } = await queries.query(aheadOf(queries, job, queue, index));
  const last = data.at(-1);
  const next = data.find((item) => isIn(queue, item)) ?? (last && (await ahead(job, queue, last.index + 1, 1))[0]);
  return next?.index ?? null;
}

/** Prepares what comes next, its picture included. */
export function useAhead(job: Job, queue: Queue, index: number, pictureOf: (item: Item) => string | null): void {
  const queries = useQueryClient();
  const { data } = useQuery(aheadOf(queries, job, queue, index));
  useEffect(() => {
    for (const item of data?.data ?? []) {
      const picture = pictureOf(item);
      if (picture) new Image().src = picture;
    }
  }, [data, pictureOf]);
}
