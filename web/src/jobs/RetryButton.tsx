import type { ReactNode } from "react";

import { type Job, useRetryJob } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import styles from "./Failures.module.css";

interface Props {
  job: Job;
  /** Without: whatever has no result. */
  items?: readonly number[];
  children: ReactNode;
}

/** Only where a retry is possible: the job has ended. */
export function RetryButton({ job, items, children }: Props) {
  const retry = useRetryJob();
  if (!job.links.retry) return null;
  return (
    <span className={styles.retry}>
      <Button
        disabled={retry.isPending}
        onClick={() => {
          retry.mutate({ id: job.id, ...(items ? { items } : {}) });
        }}
      >
        <Icon name="retry" />
        {children}
      </Button>
      {retry.isError && <span role="alert">{sentenceOf(retry.error)}</span>}
    </span>
  );
}
