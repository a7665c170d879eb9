// What people decided about results: shown at once, sent in order, and undone one by one.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { answerOf, client, type Schema } from "./client";
import { jobKey } from "./events";
import { changeItem, type Item, itemsKey } from "./items";
import type { Job } from "./jobs";

export type Verdict = Schema<"Verdict">;

/** What an item's verdict was before it was changed. */
interface Judged {
  index: number;
  before: Verdict | null;
}

interface Change {
  index: number;
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
  const [done, setDone] = useState<readonly Judged[]>([]);
  const change = useMutation({
    // One after another: the latest key wins, however long each request takes.
    scope: { id: `verdicts-${job.id}` },
    mutationFn: ({ index, verdict }: Change) => {
      const path = { job_id: job.id, index };
      return answerOf(client.PATCH("/v1/jobs/{job_id}/items/{index}", { params: { path }, body: { verdict } }));
    },
    onMutate: ({ index, verdict }) => {
      changeItem(queries, job.id, index, (item) => ({ ...item, verdict }));
    },
    onSuccess: ({ index, verdict, judged }) => {
      changeItem(queries, job.id, index, (item) => ({ ...item, verdict, judged }));
      return queries.invalidateQueries({ queryKey: jobKey(job.id) });
    },
    onError: () => queries.invalidateQueries({ queryKey: itemsKey(job.id) }),
  });
  return {
    judge: ({ index, verdict: before }, verdict) => {
      if (before === verdict) return;
      setDone([...done, { index, before }]);
      change.mutate({ index, verdict });
    },
    undo: () => {
      const last = done.at(-1);
      if (!last) return null;
      setDone(done.slice(0, -1));
      change.mutate({ index: last.index, verdict: last.before });
      return last.index;
    },
    canUndo: done.length > 0,
    error: change.error,
  };
}
