import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link, useLocation } from "wouter";

import { isEnded, isKept, type Job, useJob } from "../api/jobs";
import { isMissing } from "../api/problems";
import { Page } from "../app/Page";
import { Empty, Failed, Loading } from "../ui/states";
import { DeleteButton } from "./DeleteButton";
import { Failures } from "./Failures";
import { CancelButton } from "./JobList";
import { JobProgress } from "./JobProgress";
import { Newest } from "./Newest";
import { Pictures } from "./Pictures";
import { titleOf } from "./states";
import { TakeHome } from "./TakeHome";

export function JobView({ id }: { id: string }) {
  const { t } = useLingui();
  const job = useJob(id);
  if (job.data) return <Watched job={job.data} />;
  return (
    <Page title={t`Job`} before={<BackToJobs />}>
      {job.isPending ? <Loading /> : isMissing(job.error) ? <NoJob /> : <Failed error={job.error} onRetry={() => void job.refetch()} />}
    </Page>
  );
}

function Watched({ job }: { job: Job }) {
  const [, navigate] = useLocation();
  const actions = (
    <>
      {!isEnded(job) && <CancelButton job={job} />}
      <DeleteButton
        job={job}
        onDeleted={() => {
          navigate("/jobs");
        }}
      />
    </>
  );
  return (
    <Page isWide title={titleOf(job)} before={<BackToJobs />} actions={actions}>
      <JobProgress job={job} />
      {isKept(job) ? <Content job={job} /> : <Gone job={job} />}
    </Page>
  );
}

function Content({ job }: { job: Job }) {
  const [wasWatched, setWasWatched] = useState(!isEnded(job));
  if (!wasWatched && !isEnded(job)) setWasWatched(true);
  return (
    <>
      {wasWatched && job.kind === "bulk" && <Newest job={job} />}
      <TakeHome job={job} />
      <Failures job={job} isWatched={wasWatched} />
      <Pictures job={job} />
    </>
  );
}

function Gone({ job }: { job: Job }) {
  const { t } = useLingui();
  return (
    <Empty title={job.state === "deleting" ? t`This job is being deleted` : t`This job was deleted`}>
      {job.deletion && <p>{job.deletion.detail}</p>}
    </Empty>
  );
}

export function NoJob() {
  const { t } = useLingui();
  return (
    <Empty title={t`There is no such job`}>
      <p>
        <Trans>It was deleted, or it belongs to somebody else.</Trans>
      </p>
    </Empty>
  );
}

function BackToJobs() {
  return (
    <p>
      <Link to="/jobs">
        <Trans>All jobs</Trans>
      </Link>
    </p>
  );
}
