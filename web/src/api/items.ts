// The items of a job, by page: any stretch of a long list can be shown without what is before it.
import {
  type InfiniteData,
  type QueryClient,
  useInfiniteQuery,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { answerOf, client, type Schema } from "./client";
import { isEnded, type Job } from "./jobs";

export type Item = Schema<"Item">;
export type ItemState = Schema<"ItemState">;
type Verdict = Schema<"Verdict">;
export type Result = Schema<"Result">;
type ItemPage = Schema<"ItemPage">;

export const ITEMS_PER_PAGE = 60;
/** Pages that are out of sight are soon forgotten, so that memory does not grow with the job. */
const FORGOTTEN_MS = 10_000;
/** A page that is out of sight again by then was scrolled past, and is not asked for. */
const PASSED_MS = 100;
const WATCHED_MS = 2_000;
/** What is finished changes only by the verdicts of others. */
const FINISHED_MS = 60_000;

/** Of all that is known of a job's items. */
export const itemsKey = (jobId: string) => ["items", jobId];
/** A run may change every item. */
const keyOf = (job: Job) => [...itemsKey(job.id), job.run];

const canFinish = (items: readonly Item[] = []) => items.some(({ state }) => state === "pending");

/** When the job ends, what was pending is canceled or too late, and nobody asks for it any more. */
function useLastLook(job: Job): void {
  const queries = useQueryClient();
  const hasEnded = isEnded(job);
  const before = useRef(hasEnded);
  const { id } = job;
  useEffect(() => {
    if (hasEnded && !before.current) void queries.invalidateQueries({ queryKey: itemsKey(id) });
    before.current = hasEnded;
  }, [queries, hasEnded, id]);
}

/** Rejects when nothing shows the page any more. The first page is never scrolled past, so it need not wait. */
function staysInSight(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, PASSED_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("scrolled past", "AbortError"));
    });
  });
}

interface PageQuery {
  state: { data?: { data: Item[] } | undefined };
}

/** The items of these pages that are known, by index. What is in sight and pending is asked for again. */
export function useItemPages(job: Job, pages: readonly number[]): Map<number, Item> {
  useLastLook(job);
  return useQueries({
    queries: pages.map((page) => ({
      queryKey: [...keyOf(job), "page", page],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        if (page > 0) await staysInSight(signal);
        const query = { start: page * ITEMS_PER_PAGE, limit: ITEMS_PER_PAGE };
        return answerOf(client.GET("/v1/jobs/{job_id}/items", { params: { path: { job_id: job.id }, query }, signal }));
      },
      staleTime: ({ state: { data } }: PageQuery) => (canFinish(data?.data) ? 0 : FINISHED_MS),
      gcTime: FORGOTTEN_MS,
      refetchInterval: ({ state: { data } }: PageQuery) =>
        canFinish(data?.data) && !isEnded(job) ? WATCHED_MS : (false as const),
    })),
    combine: (answers) =>
      new Map(answers.flatMap(({ data }) => data?.data ?? []).map((item) => [item.index, item] as const)),
  });
}

/** Which items: by what became of them, or by what was decided about them. */
export interface Filter {
  state?: ItemState;
  verdict?: Verdict | "none";
}

/** A filtered list, from its beginning as far as it was scrolled. */
export function useItemsIn(job: Job, filter: Filter, limit = 120) {
  useLastLook(job);
  return useInfiniteQuery({
    queryKey: [...keyOf(job), "in", filter, limit],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, limit, ...(pageParam ? { after: pageParam } : {}) };
      return answerOf(client.GET("/v1/jobs/{job_id}/items", { params: { path: { job_id: job.id }, query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
    gcTime: FORGOTTEN_MS,
    refetchInterval: filter.state && !isEnded(job) ? WATCHED_MS : false,
  });
}

/** At most so many items of the filter, from an index on. */
export async function itemsFrom(job: Job, filter: Filter, start: number, limit: number): Promise<Item[]> {
  const query = { ...filter, start, limit };
  const path = { job_id: job.id };
  return (await answerOf(client.GET("/v1/jobs/{job_id}/items", { params: { path, query } }))).data;
}

const MOST_PER_PAGE = 1000;

/** All items of the filter, by page. */
export async function* allIn(job: Job, filter: Filter): AsyncGenerator<Item[]> {
  for (let start = 0; ; ) {
    const page = await itemsFrom(job, filter, start, MOST_PER_PAGE);
    yield page;
    const last = page.at(-1);
    if (!last || page.length < MOST_PER_PAGE) return;
    start = last.index + 1;
  }
}

export function useItem(job: Job, index: number) {
  useLastLook(job);
  return useQuery({
    queryKey: [...keyOf(job), "one", index],
    queryFn: ({ signal }) => {
      const path = { job_id: job.id, index };
      return answerOf(client.GET("/v1/jobs/{job_id}/items/{index}", { params: { path }, signal }));
    },
    staleTime: ({ state }) => (state.data?.state === "pending" ? 0 : FINISHED_MS),
    refetchInterval: ({ state }) => (state.data?.state === "pending" && !isEnded(job) ? WATCHED_MS : false),
  });
}

/** Changes one item wherever it is shown, without asking for it again. */
export function changeItem(queries: QueryClient, jobId: string, index: number, change: (item: Item) => Item): void {
  const changed = (item: Item) => (item.index === index ? change(item) : item);
  const changedPage = (page: ItemPage) => ({ ...page, data: page.data.map(changed) });
  queries.setQueriesData<Item | ItemPage | InfiniteData<ItemPage>>({ queryKey: itemsKey(jobId) }, (held) => {
    if (!held) return held;
    if ("pages" in held) return { ...held, pages: held.pages.map(changedPage) };
    return "data" in held ? changedPage(held) : changed(held);
  });
}

const SHOWABLE = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/bmp"];

/** Where a browser finds a picture of the result that it can show. */
export function pictureOf({ result }: Item): string | null {
  return result && SHOWABLE.includes(result.media_type) ? result.link : null;
}

/** Where the preview of an item is, once it has a result. */
export function previewPath(jobId: string, index: number): string {
  return `/v1/jobs/${jobId}/items/${index}/preview`;
}
