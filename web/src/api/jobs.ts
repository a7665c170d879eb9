// Jobs: lists, one being watched, and what can be done to them.
import {
  type InfiniteData,
  keepPreviousData,
  skipToken,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";

import { answerOf, client, type Schema } from "./client";
import { newKey, submitJob } from "./submit";
import { follow, isStreamed, jobKey, latestKey, newerOf } from "./events";

export type Job = Schema<"Job">;
export type JobState = Schema<"JobState">;
type JobPage = Schema<"JobPage">;

const WATCHED_MS = 1_000;
const LISTED_MS = 4_000;
const IDLE_MS = 20_000;
const PER_PAGE = 20;

const ENDED: readonly JobState[] = ["succeeded", "partially_succeeded", "failed", "expired", "canceled", "deleted"];

export function isEnded(job: Job): boolean {
  return ENDED.includes(job.state);
}

/** Whether its items and files are still there. */
export function isKept(job: Job): boolean {
  return job.state !== "deleting" && job.state !== "deleted";
}

/** The address of the report as CSV that Excel reads: of all items, or of those in a state. Null: the job has none. */
export function reportCsv({ links: { report } }: Job, state?: Schema<"ItemState">): string | null {
  return report ? `${report.replace(/\.jsonl$/, ".csv")}?bom=true${state ? `&state=${state}` : ""}` : null;
}

/** Of all lists of jobs, and of what they store. */
export const JOB_LISTS = ["jobs"];
const at = (id: string) => ({ params: { path: { job_id: id } } });

export function useJobs(label: string | null, limit = PER_PAGE) {
  return useInfiniteQuery({
    queryKey: [...JOB_LISTS, label, limit],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit, ...(label ? { label: [label] } : {}), ...(pageParam ? { after: pageParam } : {}) };
      return answerOf(client.GET("/v1/jobs", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data && isQuiet(state.data) ? IDLE_MS : LISTED_MS),
  });
}

function isQuiet(data: InfiniteData<JobPage>): boolean {
  return data.pages.every((page) => page.data.every(isEnded));
}

/** Follows the job while it can change: by the gateway's snapshots, or else by polling. */
export function useJob(id: string) {
  const queries = useQueryClient();
  const job = useQuery({
    queryKey: jobKey(id),
    queryFn: async ({ signal }) => {
      const answer = await answerOf(client.GET("/v1/jobs/{job_id}", { ...at(id), signal }));
      return newerOf(queries.getQueryData(jobKey(id)), answer);
    },
    // A stream can die without a word, so polling never stops.
    refetchInterval: ({ state }) => ((state.data && isEnded(state.data)) || isStreamed(id) ? IDLE_MS : WATCHED_MS),
  });
  const canChange = job.data !== undefined && !isEnded(job.data);
  useEffect(() => (canChange ? follow(queries, id) : undefined), [queries, id, canChange]);
  return job;
}

/** The indexes of the newest results, the newest last, as far as the job was followed. */
export function useLatest(id: string): readonly number[] {
  return useQuery<number[]>({ queryKey: latestKey(id), queryFn: skipToken }).data ?? [];
}

function useChange<Asked = string>(change: (asked: Asked) => Promise<Job>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (job) => {
      queries.setQueryData(jobKey(job.id), job);
      return queries.invalidateQueries({ queryKey: JOB_LISTS });
    },
  });
}

export const useCancelJob = () => useChange((id) => answerOf(client.POST("/v1/jobs/{job_id}/cancel", at(id))));
export const useDeleteJob = () => useChange((id) => answerOf(client.DELETE("/v1/jobs/{job_id}", at(id))));

interface Retried {
  id: string;
  /** Without: whatever has no result. */
  items?: readonly number[];
}

export const useRetryJob = () =>
  useChange(({ id, items }: Retried) =>
    answerOf(client.POST("/v1/jobs/{job_id}/retry", { ...at(id), ...(items ? { body: { items: [...items] } } : {}) })),
  );

/** As many items as the gateway takes by number. */
export const MOST_DERIVED = 1000;

interface Derived {
  job: string;
  /** Null: all of them. */
  items: readonly number[] | null;
  options: Partial<Schema<"Options">>;
  labels: string[];
}

/** Another job of the same scans. */
export const useDeriveJob = () =>
  useChange(({ job, items, options, labels }: Derived) =>
    submitJob({ source: { type: "job", job, items: items && [...items] }, options, labels }, newKey()),
  );
