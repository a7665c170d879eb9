import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "wouter";

import type { Job } from "../api/jobs";
import { Button, ButtonLink, buttonClass } from "../ui/Button";
import { Icon } from "../ui/icons";
import { Empty } from "../ui/states";
import { useKeys } from "../ui/useKeys";
import styles from "./Finished.module.css";
import type { Walking } from "./useWalk";
import { acceptedZip, unjudged } from "./verdicts";

interface Props {
  job: Job;
  walking: Walking;
  canUndo: boolean;
  onAgain: () => void;
}

/** The end of a queue: what was skipped, and where to go from here. */
export function Finished({ job, walking: { undo, goBack }, canUndo, onAgain }: Props) {
  const { t } = useLingui();
  const left = unjudged(job);
  const zip = acceptedZip(job);
  useKeys({ u: undo, "ctrl+z": undo, arrowleft: () => void goBack() });
  return (
    <Empty title={left > 0 ? t`That was the last picture` : t`All results are reviewed`}>
      {left > 0 && (
        <p>
          <Plural value={left} one="# result is still to be reviewed." other="# results are still to be reviewed." />
        </p>
      )}
      <div className={styles.actions}>
        {left > 0 && (
          <Button tone="primary" onClick={onAgain}>
            <Trans>Review the rest</Trans>
          </Button>
        )}
        {zip && (
          <ButtonLink tone={left > 0 ? "plain" : "primary"} href={zip} download>
            <Icon name="download" />
            <Trans>Accepted results (zip)</Trans>
          </ButtonLink>
        )}
        <Button aria-keyshortcuts="U Control+Z" disabled={!canUndo} onClick={undo}>
          <Trans>Undo</Trans>
        </Button>
        <Link to={`/jobs/${job.id}`} className={buttonClass()}>
          <Trans>Back to the job</Trans>
        </Link>
      </div>
    </Empty>
  );
}
