import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "wouter";

import type { Job } from "../api/jobs";
import { Button, ButtonLink, buttonClass } from "../ui/Button";
import { Icon } from "../ui/icons";
import { Empty } from "../ui/states";
import styles from "./Finished.module.css";
import { acceptedZip, unjudged } from "./verdicts";

/** The end of a queue: what was skipped, and where to go from here. */
export function Finished({ job, onAgain }: { job: Job; onAgain: () => void }) {
  const { t } = useLingui();
  const left = unjudged(job);
  const zip = acceptedZip(job);
  return (
    <Empty title={left > 0 ? t`This was the last one` : t`Every result is judged`}>
      {left > 0 && (
        <p>
          <Plural value={left} one="# result is not judged yet." other="# results are not judged yet." />
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
        <Link to={`/jobs/${job.id}`} className={buttonClass()}>
          <Trans>Back to the job</Trans>
        </Link>
      </div>
    </Empty>
  );
}
