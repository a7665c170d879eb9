import { useLingui } from "@lingui/react/macro";

import type { Job } from "../api/jobs";
import { classes } from "../ui/classes";
import { useFormat } from "../ui/useFormat";
import { type Queue, QUEUES } from "./queue";
import styles from "./Sums.module.css";
import { unjudged, verdictName } from "./verdicts";

interface Props {
  job: Job;
  queue: Queue;
  onQueue: (queue: Queue) => void;
}

/** How many results have each verdict; choosing one reviews those. */
export function Sums({ job, queue, onQueue }: Props) {
  const { t } = useLingui();
  const { number } = useFormat();
  const name = (of: Queue) => (of === "open" ? t`To review` : of === "all" ? t`All` : verdictName(of));
  const count = (of: Queue) =>
    of === "open" ? unjudged(job) : of === "all" ? job.counts.succeeded : job.verdicts[of];
  return (
    <div className={styles.sums} role="group" aria-label={t`Show`}>
      {QUEUES.map((of) => (
        <button
          key={of}
          type="button"
          className={classes(styles.choice, of === queue && styles.current)}
          aria-pressed={of === queue}
          onClick={() => {
            onQueue(of);
          }}
        >
          {name(of)} <span className={styles.count}>{number(count(of))}</span>
        </button>
      ))}
    </div>
  );
}
