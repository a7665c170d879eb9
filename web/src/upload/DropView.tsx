import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link, useLocation } from "wouter";

import { useJobs } from "../api/jobs";
import { Page } from "../app/Page";
import { JobList } from "../jobs/JobList";
import type { Arrangement } from "./arrange";
import { ArrangementNotes, BeforeSending } from "./BeforeSending";
import styles from "./DropView.module.css";
import { DropZone } from "./DropZone";
import { OptionFields, type ChosenOptions, DEFAULTS, termsOf } from "./OptionFields";
import type { Submission } from "./submission";
import { startSubmissions } from "./submissions";
import { SubmissionList } from "./SubmissionList";
import { UploadError } from "./UploadError";
import { useChoosing } from "./useChoosing";

const RECENT = 5;

export function DropView() {
  const { t } = useLingui();
  const [options, setOptions] = useState<ChosenOptions>(DEFAULTS);
  const [arrangement, setArrangement] = useState<Arrangement | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const [, navigate] = useLocation();

  const send = async ({ plans }: Arrangement) => {
    setIsAsking(false);
    const [only, ...others] = await startSubmissions(plans, termsOf(options));
    if (only && others.length === 0) whenAccepted(only, navigate);
  };
  const { found, error, choose } = useChoosing((next) => {
    const mustAsk = next.plans.length > 0 && next.duplicates.length + next.renamed.length > 0;
    setArrangement(next);
    setIsAsking(mustAsk);
    if (!mustAsk) void send(next);
  });

  return (
    <Page title={t`Color for black-and-white photographs`}>
      <DropZone found={found} onChoice={(choice) => void choose(choice)} />
      {error !== null && (
        <p role="alert">
          <UploadError error={error} />
        </p>
      )}
      {arrangement && isAsking && (
        <BeforeSending
          arrangement={arrangement}
          onSend={() => void send(arrangement)}
          onDiscard={() => {
            setArrangement(null);
            setIsAsking(false);
          }}
        />
      )}
      {arrangement && !isAsking && <ArrangementNotes arrangement={arrangement} />}
      <SubmissionList />
      <OptionFields value={options} onChange={setOptions} />
      <Recent />
    </Page>
  );
}

/** What somebody drops, they want to watch; unless they have gone elsewhere meanwhile. */
function whenAccepted(submission: Submission, navigate: (path: string) => void): void {
  const stop = submission.subscribe(() => {
    const { phase, job } = submission.snapshot();
    if (phase === "canceled") stop();
    if (phase !== "done" || !job) return;
    stop();
    if (window.location.pathname === "/") navigate(`/jobs/${job.id}`);
  });
}

function Recent() {
  const jobs = useJobs(null, RECENT);
  const recent = jobs.data?.pages[0]?.data ?? [];
  if (recent.length === 0) return null;
  return (
    <section className={styles.recent} aria-labelledby="recent">
      <div className={styles.recentHead}>
        <h2 id="recent">
          <Trans>Recent jobs</Trans>
        </h2>
        <Link to="/jobs">
          <Trans>All jobs</Trans>
        </Link>
      </div>
      <JobList jobs={recent} />
    </section>
  );
}
