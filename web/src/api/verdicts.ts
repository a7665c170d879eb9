// What people decided about results: shown at once, sent in order, and undone one by one.
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { answerOf, client, type Schema } from "./client";
import { jobKey } from "./events";
import { changeItem, type Item, itemsKey } from "./items";
import type { Job } from "./jobs";

export type Verdict = Schema<"Verdict">;

interface Change {
  index: number;
  before: Verdict | null;
  verdict: Verdict | null;
}

export interface Judging {
  judge: (item: Item, verdict: Verdict | null) => void;
  /** Takes back the latest change that is not undone. Returns where it was, to show it. */
  undo: () => number | null;
  canUndo: boolean;
  /** Why the latest change could not be stored; it is not shown any more. */
  error: Error | null;
}

/** Judges items of one job. It remembers what it changed while the view is open, for `undo`. */
export function useJudging(job: Job): Judging {
  const queries = useQueryClient();
  const [done, setDone] = useState<readonly Change[]>([]);
  const change = useMutation({
    // One after another: the latest key wins, however long each request takes.
    scope: { id: `verdicts-${job.id}` },
    mutationFn: ({ index, verdict }: Change) => {
      const path = { job_id: job.id, index };
      const request = { params: { path }, body: { verdict }, keepalive: true };  // Also while the tab is closed.
      return answerOf(client.PATCH("/v1/jobs/{job_id}/items/{index}", request));
    },
    onMutate: ({ index, before, verdict }) => {
      changeItem(queries, job.id, index, (item) => ({ ...item, verdict }));
      moveSums(queries, job.id, before, verdict);
    },
    onSuccess: ({ index, judged }, { verdict }) => {
      changeItem(queries, job.id, index, (item) => (item.verdict === verdict ? { ...item, judged } : item));
      // Not awaited: the next one need not wait for it.
      void queries.invalidateQueries({ queryKey: jobKey(job.id) });
    },
    onError: (_error, { index, before, verdict }) => {
      changeItem(queries, job.id, index, (item) => (item.verdict === verdict ? { ...item, verdict: before } : item));
      moveSums(queries, job.id, verdict, before);
      void queries.invalidateQueries({ queryKey: itemsKey(job.id) });
    },
  });
  useLeaveQuestion(change.isPending);
  return {
    judge: ({ index, verdict: before }, verdict) => {
      if (before === verdict) return;
      setDone([...done, { index, before, verdict }]);
      change.mutate({ index, before, verdict });
    },
    undo: () => {
      const last = done.at(-1);
      if (!last) return null;
      setDone(done.slice(0, -1));
      change.mutate({ index: last.index, before: last.verdict, verdict: last.before });
      return last.index;
    },
    canUndo: done.length > 0,
    error: change.error,
  };
}

/** The browser asks before it closes the tab: some are still on their way. */
function useLeaveQuestion(isSending: boolean): void {
  useEffect(() => {
    if (!isSending) return;
    const ask = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => {
      window.removeEventListener("beforeunload", ask);
    };
  }, [isSending]);
}

function moveSums(queries: QueryClient, jobId: string, before: Verdict | null, after: Verdict | null): void {
  queries.setQueryData<Job>(jobKey(jobId), (job) => {
    if (!job) return job;
    const verdicts = { ...job.verdicts };
    if (before) verdicts[before] -= 1;
    if (after) verdicts[after] += 1;
    return { ...job, verdicts };
  });
}
