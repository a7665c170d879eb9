import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import { type Job, useRetryJob } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { Button, ButtonLink } from "../ui/Button";
import { Icon } from "../ui/icons";
import { useLocale } from "../ui/useLocale";
import { whyNoRetry } from "./failures";
import { RecolorDialog } from "./RecolorDialog";
import { rangesOf, type Selection } from "./selection";
import styles from "./SelectionBar.module.css";
import { hasUntried } from "./states";
import { useFailed } from "./useFailed";

/** What can be done to the selected pictures; sticks to the bottom of the window. */
export function SelectionBar({ job, indexes, onClear }: { job: Job; indexes: Selection; onClear: () => void }) {
  const { t } = useLingui();
  const [isRecoloring, setIsRecoloring] = useState(false);
  const { results } = job.links;
  return (
    <div className={styles.bar} role="group" aria-label={t`Selected pictures`}>
      <p className={styles.count}>
        <Plural value={indexes.size} one="# picture selected" other="# pictures selected" />
      </p>
      {results && (
        <ButtonLink tone="primary" href={`${results}?items=${rangesOf(indexes)}`} download>
          <Icon name="download" />
          <Trans>Download these results (zip)</Trans>
        </ButtonLink>
      )}
      {job.links.retry && <RetrySelected job={job} indexes={indexes} onDone={onClear} />}
      <Button
        onClick={() => {
          setIsRecoloring(true);
        }}
      >
        <Trans>Recolor these…</Trans>
      </Button>
      <Button tone="quiet" onClick={onClear}>
        <Trans>Select none</Trans>
      </Button>
      {isRecoloring && (
        <RecolorDialog
          job={job}
          items={[...indexes]}
          onClose={() => {
            setIsRecoloring(false);
          }}
        />
      )}
    </div>
  );
}

/** Disabled, with the reason, where the gateway would refuse it or the same bytes would fail again. */
function RetrySelected({ job, indexes, onDone }: { job: Job; indexes: Selection; onDone: () => void }) {
  useLocale();
  const retry = useRetryJob();
  const { known, hasMore } = useFailed(job);
  const reason = hasMore && !hasUntried(job) ? null : whyNoRetry(job, known.filter(({ index }) => indexes.has(index)));
  return (
    <>
      <Button
        disabled={retry.isPending || reason !== null}
        aria-describedby={reason === null ? undefined : "no-retry"}
        onClick={() => {
          retry.mutate({ id: job.id, items: [...indexes] }, { onSuccess: onDone });
        }}
      >
        <Icon name="retry" />
        <Trans>Retry</Trans>
      </Button>
      {reason !== null && (
        <p id="no-retry" className={styles.reason}>
          {reason}
        </p>
      )}
      {retry.isError && <p role="alert">{sentenceOf(retry.error)}</p>}
    </>
  );
}
