import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";

import type { Job } from "../api/jobs";
import { buttonClass } from "../ui/Button";
import { useLocale } from "../ui/useLocale";
import { canRetry, explainFailure } from "./failures";
import styles from "./JobProgress.module.css";
import { RetryButton } from "./RetryButton";
import { hasFailedAsWhole } from "./states";

/** Why the job failed, and what to do. Where single pictures failed, their list has the way on. */
export function JobProblem({ job }: { job: Job }) {
  useLocale();
  const { error } = job;
  if (!error) return null;
  const { what, todo } = explainFailure(error);
  return (
    <div className={styles.problem}>
      <p className={styles.what}>{what}</p>
      <p>{todo}</p>
      {hasFailedAsWhole(job) &&
        (canRetry(error) ? (
          <RetryButton job={job}>
            <Trans>Retry the job</Trans>
          </RetryButton>
        ) : (
          <Link to="/" className={buttonClass()}>
            <Trans>New job</Trans>
          </Link>
        ))}
    </div>
  );
}
