import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import { type Job, useRetryJob } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { Button, ButtonLink } from "../ui/Button";
import { Icon } from "../ui/icons";
import { RecolorDialog } from "./RecolorDialog";
import { rangesOf, type Selection } from "./selection";
import styles from "./SelectionBar.module.css";

/** What can be done to the selected pictures; sticks to the bottom of the window. */
export function SelectionBar({ job, indexes, onClear }: { job: Job; indexes: Selection; onClear: () => void }) {
  const { t } = useLingui();
  const [isRecoloring, setIsRecoloring] = useState(false);
  const retry = useRetryJob();
  const { results } = job.links;
  return (
    <div className={styles.bar} role="group" aria-label={t`Selected pictures`}>
      <p className={styles.count}>
        <Plural value={indexes.size} one="# picture selected" other="# pictures selected" />
      </p>
      {results && (
        <ButtonLink tone="primary" href={`${results}?items=${rangesOf(indexes)}`} download>
          <Icon name="download" />
          <Trans>Their results (zip)</Trans>
        </ButtonLink>
      )}
      {job.links.retry && (
        <Button
          disabled={retry.isPending}
          onClick={() => {
            retry.mutate({ id: job.id, items: [...indexes] }, { onSuccess: onClear });
          }}
        >
          <Icon name="retry" />
          <Trans>Retry</Trans>
        </Button>
      )}
      <Button
        onClick={() => {
          setIsRecoloring(true);
        }}
      >
        <Trans>Color them anew…</Trans>
      </Button>
      <Button tone="quiet" onClick={onClear}>
        <Trans>Select none</Trans>
      </Button>
      {retry.isError && <p role="alert">{sentenceOf(retry.error)}</p>}
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
