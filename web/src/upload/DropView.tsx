import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link, useLocation } from "wouter";

import { useJobs } from "../api/jobs";
import { Page } from "../app/Page";
import { JobList } from "../jobs/JobList";
import styles from "./DropView.module.css";
import { DropZone } from "./DropZone";
import { OptionFields, type ChosenOptions, DEFAULTS, termsOf } from "./OptionFields";
import { type Arrangement, arrange } from "./sources";
import { startSubmissions } from "./submissions";
import { SubmissionList } from "./SubmissionList";

const RECENT = 5;
/** More in one job need the virtual tar. */
const MOST_PICTURES = 1000;

export function DropView() {
  const { t } = useLingui();
  const [options, setOptions] = useState<ChosenOptions>(DEFAULTS);
  const [notes, setNotes] = useState<Arrangement | null>(null);
  const [, navigate] = useLocation();

  const choose = (files: readonly File[]) => {
    const arrangement = arrange(files);
    setNotes(arrangement);
    const small = arrangement.plans.filter(({ sources }) => sources.length <= MOST_PICTURES);
    const [only, ...others] = startSubmissions(small, termsOf(options));
    if (!only || others.length > 0) return;
    // What somebody drops, they want to watch; unless they have gone elsewhere meanwhile.
    const stop = only.subscribe(() => {
      const { phase, job } = only.snapshot();
      if (phase !== "done" || !job) return;
      stop();
      if (window.location.pathname === "/") navigate(`/jobs/${job.id}`);
    });
  };

  return (
    <Page title={t`Color for black-and-white photographs`}>
      <DropZone onFiles={choose} />
      {notes && <Notes arrangement={notes} />}
      <SubmissionList />
      <OptionFields value={options} onChange={setOptions} />
      <Recent />
    </Page>
  );
}

function Notes({ arrangement: { plans, duplicates, empty } }: { arrangement: Arrangement }) {
  const isTooMany = plans.some(({ sources }) => sources.length > MOST_PICTURES);
  const names = duplicates.slice(0, 5).join(", ");
  const emptyNames = empty.slice(0, 5).join(", ");
  if (!isTooMany && duplicates.length + empty.length === 0) return null;
  return (
    <div className={styles.notes} role="status">
      {isTooMany && (
        <p>
          <Trans>More than {MOST_PICTURES} pictures at once do not fit into a job. Put them into a zip and drop that.</Trans>
        </p>
      )}
      {duplicates.length > 0 && (
        <p>
          <Trans>Chosen twice, sent once: {names}</Trans>
          {duplicates.length > 5 && " …"}
        </p>
      )}
      {empty.length > 0 && (
        <p>
          <Trans>Empty, not sent: {emptyNames}</Trans>
          {empty.length > 5 && " …"}
        </p>
      )}
    </div>
  );
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
