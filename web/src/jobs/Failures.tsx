import { Plural, Trans } from "@lingui/react/macro";
import { useState } from "react";

import { isEnded, type Job } from "../api/jobs";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { FailureGroups } from "./FailureGroups";
import styles from "./Failures.module.css";
import { RetryButton } from "./RetryButton";

interface Props {
  job: Job;
  /** Since before its end: then there is one line from the beginning, and reasons only on demand, so that nothing moves. */
  isWatched: boolean;
}

/** What failed, by reason: what happened, what to do, and to which pictures. */
export function Failures({ job, isWatched }: Props) {
  const [isOpen, setIsOpen] = useState(!isWatched);
  const { failed, canceled, expired } = job.counts;
  const hasRest = failed + canceled + expired > 0 || (isEnded(job) && job.error !== null);
  if (!hasRest && !isWatched) return null;
  return (
    <section className={classes(styles.failures, failed > 0 && styles.bad)} aria-labelledby="failures">
      <div className={styles.head}>
        <h2 id="failures">
          {failed > 0 ? (
            <button
              type="button"
              className={styles.toggle}
              aria-expanded={isOpen}
              onClick={() => {
                setIsOpen(!isOpen);
              }}
            >
              <span className={styles.arrow}>
                <Icon name="arrowRight" />
              </span>
              <Plural value={failed} one="# picture failed" other="# pictures failed" />
            </button>
          ) : (
            <Rest job={job} />
          )}
        </h2>
        {hasRest && (
          <RetryButton job={job}>
            <Trans>Retry what has no result</Trans>
          </RetryButton>
        )}
      </div>
      {failed > 0 && isOpen && <FailureGroups job={job} />}
    </section>
  );
}

/** A canceled job has no failures, but a rest. */
function Rest({ job }: { job: Job }) {
  const without = job.counts.canceled + job.counts.expired;
  if (without > 0) return <Plural value={without} one="# picture has no result" other="# pictures have no result" />;
  return isEnded(job) ? <Trans>No failures</Trans> : <Trans>No failures so far</Trans>;
}
