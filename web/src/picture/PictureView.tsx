import { useLingui } from "@lingui/react/macro";
import { Link } from "wouter";

import { useItem } from "../api/items";
import { type Job, useJob } from "../api/jobs";
import { useJudging } from "../api/verdicts";
import { Page } from "../app/Page";
import { titleOf } from "../jobs/states";
import { Failed, Loading } from "../ui/states";
import { Neighbors } from "./Neighbors";
import { Picture } from "./Picture";

export function PictureView({ jobId, index }: { jobId: string; index: number }) {
  const { t } = useLingui();
  const job = useJob(jobId);
  if (job.data) return <OfJob job={job.data} index={index} />;
  return (
    <Page title={t`Picture`}>
      {job.isPending ? <Loading /> : <Failed error={job.error} onRetry={() => void job.refetch()} />}
    </Page>
  );
}

function OfJob({ job, index }: { job: Job; index: number }) {
  const { t } = useLingui();
  const item = useItem(job, index);
  const judging = useJudging(job);
  const back = (
    <p>
      <Link to={`/jobs/${job.id}`}>{titleOf(job)}</Link>
    </p>
  );
  return (
    <Page
      isWide
      title={item.data?.name ?? t`Picture`}
      before={back}
      actions={<Neighbors job={job} index={index} />}
    >
      {item.data ? (
        <Picture key={index} job={job} item={item.data} judging={judging} />
      ) : item.isPending ? (
        <Loading />
      ) : (
        <Failed error={item.error} onRetry={() => void item.refetch()} />
      )}
    </Page>
  );
}
