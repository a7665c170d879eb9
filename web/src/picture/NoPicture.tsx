import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "wouter";

import type { Job } from "../api/jobs";
import { isMissing, Refused } from "../api/problems";
import { NoJob } from "../jobs/JobView";
import { buttonClass } from "../ui/Button";
import { Empty, Failed } from "../ui/states";

interface Props {
  job: Job;
  index: number;
  error: unknown;
  onRetry: () => void;
}

/** Why a picture of a job cannot be shown. Trying again is offered only where it can help. */
export function NoPicture({ job, index, error, onRetry }: Props) {
  const { t } = useLingui();
  if (!isMissing(error)) return <Failed error={error} onRetry={onRetry} />;
  if (!(error instanceof Refused) || error.code !== "item_not_found") return <NoJob />;
  const place = index + 1;
  return (
    <Empty title={t`There is no picture ${place} in this job`}>
      {job.items !== null && (
        <p>
          <Plural value={job.items} one="It has # picture." other="It has # pictures." />
        </p>
      )}
      <Link to={`/jobs/${job.id}`} className={buttonClass("primary")}>
        <Trans>Back to the job</Trans>
      </Link>
    </Empty>
  );
}
