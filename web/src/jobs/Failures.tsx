import { Plural, Trans } from "@lingui/react/macro";
import { useState } from "react";

import { isEnded, type Job } from "../api/jobs";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { useLocale } from "../ui/useLocale";
import { FailureGroups } from "./FailureGroups";
import { canRetry, explainFailure } from "./failures";
import styles from "./Failures.module.css";
import { RetryButton } from "./RetryButton";
import { hasFailedAsWhole, hasUntried } from "./states";
import { useFailed } from "./useFailed";

interface Props {
  job: Job;
  /** Since before its end: then there is one line from the beginning, so that nothing moves. */
  isWatched: boolean;
}

/** What failed, in a line; by reason on demand: what happened, what to do, and to which pictures. */
export function Failures({ job, isWatched }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const { failed } = job.counts;
  if (hasFailedAsWhole(job) || (failed === 0 && !hasUntried(job) && !isWatched)) return null;
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
              <FailedCount job={job} />
            </button>
          ) : (
            <Rest job={job} />
          )}
        </h2>
        {failed > 0 && isEnded(job) && <Reasons job={job} />}
        {hasUntried(job) && (
          <RetryButton job={job}>
            <Trans>Colorize the rest</Trans>
          </RetryButton>
        )}
      </div>
      {failed > 0 && isOpen && <FailureGroups job={job} />}
    </section>
  );
}

/** What a retry did not change must not look as if there had been none. */
function FailedCount({ job }: { job: Job }) {
  const { failed } = job.counts;
  return job.run > 1 && isEnded(job) ? (
    <Plural value={failed} one="Tried again: still # failed" other="Tried again: still # failed" />
  ) : (
    <Plural value={failed} one="# picture failed" other="# pictures failed" />
  );
}

/** In a line, with a retry where one can help. */
function Reasons({ job }: { job: Job }) {
  useLocale();
  const { known, hasMore } = useFailed(job);
  const errors = known.flatMap(({ error }) => error ?? []);
  const reasons = [...new Set(errors.map((error) => explainFailure(error).what))].join(" ");
  return (
    <>
      <p className={styles.reasons} title={reasons}>
        {reasons}
      </p>
      {!hasUntried(job) && (hasMore || errors.some(canRetry)) && (
        <RetryButton job={job}>
          <Trans>Retry failed pictures</Trans>
        </RetryButton>
      )}
    </>
  );
}

/** A canceled job has no failures, but a rest. */
function Rest({ job }: { job: Job }) {
  const without = job.counts.canceled + job.counts.expired;
  if (without > 0) return <Plural value={without} one="# picture has no result" other="# pictures have no result" />;
  return isEnded(job) ? <Trans>No failures</Trans> : <Trans>No failures so far</Trans>;
}
