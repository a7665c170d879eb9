import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { Job } from "../api/jobs";
import type { Judging } from "../api/verdicts";
import { before, nextOf, type Queue } from "./queue";
import { back, forward, type Place, returned, START, stepped } from "./walk";

export interface Walking {
  /** To where the walk went on from here, or else to what is next in the queue. */
  goOn: () => Promise<void>;
  goBack: () => Promise<void>;
  /** Takes the latest verdict back, and goes to where it was. Returns whether there was one. */
  undo: () => boolean;
  /** A new walk begins. */
  restart: () => void;
}

export function useWalk(job: Job, queue: Queue, at: Place, judging: Judging, go: (to: Place) => void): Walking {
  const queries = useQueryClient();
  const [walk, setWalk] = useState(START);
  return {
    goOn: async () => {
      const again = forward(walk, at);
      const to = again?.to ?? (at === "end" ? at : ((await nextOf(queries, job, queue, at)) ?? "end"));
      setWalk(again?.walk ?? stepped(walk, at));
      go(to);
    },
    goBack: async () => {
      const step = back(walk, at);
      const to = step?.to ?? (await before(job, at === "end" ? (job.items ?? 0) : at));
      if (to === null) return;
      setWalk(step?.walk ?? { ...walk, future: [at, ...walk.future] });
      go(to);
    },
    undo: () => {
      const to = judging.undo();
      if (to === null) return false;
      setWalk(returned(walk, at, to));
      go(to);
      return true;
    },
    restart: () => {
      setWalk(START);
    },
  };
}
