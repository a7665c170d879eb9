import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";

import { isEnded, type Job } from "../api/jobs";
import { classes } from "../ui/classes";
import { useFormat } from "../ui/useFormat";
import { useLocale } from "../ui/useLocale";
import { CountsBar } from "./CountsBar";
import { JobProblem } from "./JobProblem";
import styles from "./JobProgress.module.css";
import { StatePill } from "./StatePill";
import { countsSentence, differenceOf, isCounted, stateName } from "./states";
import { waitingSentence } from "./waiting";

export function JobProgress({ job }: { job: Job }) {
  useLocale();
  const format = useFormat();
  const difference = differenceOf(job, format.number);
  return (
    <section className={classes(styles.progress, !isEnded(job) && styles.live)} aria-label={stateName(job.state)}>
      {isCounted(job) && (
        <>
          <p className={styles.counts}>{countsSentence(job, format.number)}</p>
          <CountsBar job={job} />
        </>
      )}
      <p className={styles.facts}>
        <StatePill state={job.state} />
        <Pace job={job} />
        <Times job={job} />
        {difference && <span>{difference}</span>}
        {job.labels.map((label) => (
          <Link key={label} to={`/jobs?label=${encodeURIComponent(label)}`}>
            {label}
          </Link>
        ))}
      </p>
      <JobProblem job={job} />
      {/* Counts change every second; only a change of the state is worth interrupting for. */}
      <p className="visually-hidden" role="status">
        {stateName(job.state)}
      </p>
    </section>
  );
}

function Pace({ job }: { job: Job }) {
  const format = useFormat();
  if (isEnded(job)) return null;
  if (job.waiting_for) return <span className={styles.waiting}>{waitingSentence(job.waiting_for)}</span>;
  if (!job.rate) return null;
  const rate = format.rate(job.rate);
  const left = job.eta_seconds === null ? null : format.duration(job.eta_seconds);
  return (
    <>
      <span>
        <Trans>{rate} pictures a second</Trans>
      </span>
      {left && (
        <span>
          <Trans>about {left} left</Trans>
        </span>
      )}
    </>
  );
}

function Times({ job }: { job: Job }) {
  const format = useFormat();
  const since = format.ago(job.created_at);
  const end = job.finished_at ? format.dateTime(job.finished_at) : null;
  return (
    <>
      <time dateTime={job.created_at} title={format.dateTime(job.created_at)}>
        <Trans>submitted {since}</Trans>
      </time>
      {end && (
        <span>
          <Trans>ended {end}</Trans>
        </span>
      )}
    </>
  );
}
