import { useLingui } from "@lingui/react/macro";

import type { Job } from "../api/jobs";
import { Sums } from "../ui/Sums";
import { type Queue, QUEUES } from "./queue";
import { unjudged, verdictName } from "./verdicts";

interface Props {
  job: Job;
  queue: Queue;
  onQueue: (queue: Queue) => void;
}

/** How many results have each verdict; choosing one reviews those. */
export function QueueSums({ job, queue, onQueue }: Props) {
  const { t } = useLingui();
  const nameOf = (of: Queue) => (of === "open" ? t`To review` : of === "all" ? t`All` : verdictName(of));
  const countOf = (of: Queue) =>
    of === "open" ? unjudged(job) : of === "all" ? job.counts.succeeded : job.verdicts[of];
  return (
    <Sums kinds={QUEUES} nameOf={nameOf} countOf={countOf} most={job.items ?? 0} current={queue} onChoose={onQueue} />
  );
}
