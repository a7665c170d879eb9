import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "wouter";

import { isEnded, type Job, useCancelJob } from "../api/jobs";
import { Button } from "../ui/Button";
import { useFormat } from "../ui/useFormat";
import { useLocale } from "../ui/useLocale";
import { CountsBar } from "./CountsBar";
import { DeleteButton } from "./DeleteButton";
import styles from "./JobList.module.css";
import { StatePill } from "./StatePill";
import { countsSentence, differenceOf, isCounted, titleOf } from "./states";

export function JobList({ jobs, hasActions = false }: { jobs: readonly Job[]; hasActions?: boolean }) {
  return (
    <ul className={styles.list}>
      {jobs.map((job) => (
        <Row key={job.id} job={job} hasActions={hasActions} />
      ))}
    </ul>
  );
}

function Row({ job, hasActions }: { job: Job; hasActions: boolean }) {
  useLocale();
  const format = useFormat();
  const difference = differenceOf(job, format.number);
  return (
    <li className={styles.row}>
      <div className={styles.head}>
        <Link to={`/jobs/${job.id}`} className={styles.title}>
          {titleOf(job)}
        </Link>
        <StatePill state={job.state} />
      </div>
      {!isEnded(job) && <CountsBar job={job} />}
      <p className={styles.facts}>
        {isCounted(job) && <span>{countsSentence(job, format.number)}</span>}
        {difference && <span>{difference}</span>}
        <time dateTime={job.created_at} title={format.dateTime(job.created_at)}>
          {format.ago(job.created_at)}
        </time>
        {job.labels.map((label) => (
          <Link key={label} to={`/jobs?label=${encodeURIComponent(label)}`}>
            {label}
          </Link>
        ))}
      </p>
      {hasActions && (
        <div className={styles.actions}>
          {!isEnded(job) && <CancelButton job={job} />}
          <DeleteButton job={job} />
        </div>
      )}
    </li>
  );
}

export function CancelButton({ job }: { job: Job }) {
  const { t } = useLingui();
  const cancel = useCancelJob();
  const title = titleOf(job);
  return (
    <Button
      aria-label={t`Cancel ${title}`}
      disabled={cancel.isPending || job.state === "canceling" || job.state === "deleting"}
      onClick={() => {
        cancel.mutate(job.id);
      }}
    >
      <Trans>Cancel</Trans>
    </Button>
  );
}
