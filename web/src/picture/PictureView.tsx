import { useLingui } from "@lingui/react/macro";

import { useItem } from "../api/items";
import { type Job, useJob } from "../api/jobs";
import { isMissing } from "../api/problems";
import { useJudging } from "../api/verdicts";
import { Page } from "../app/Page";
import { NoJob } from "../jobs/JobView";
import { titleOf } from "../jobs/states";
import { BackLink } from "../ui/BackLink";
import { Failed, Loading } from "../ui/states";
import { Neighbors } from "./Neighbors";
import { NoPicture } from "./NoPicture";
import { Picture } from "./Picture";

export function PictureView({ jobId, index }: { jobId: string; index: number }) {
  const { t } = useLingui();
  const job = useJob(jobId);
  if (job.data) return <OfJob job={job.data} index={index} />;
  return (
    <Page title={t`Picture`}>
      {job.isPending ? (
        <Loading />
      ) : isMissing(job.error) ? (
        <NoJob />
      ) : (
        <Failed error={job.error} onRetry={() => void job.refetch()} />
      )}
    </Page>
  );
}

function OfJob({ job, index }: { job: Job; index: number }) {
  const { t } = useLingui();
  const item = useItem(job, index);
  const judging = useJudging(job);
  return (
    <Page
      isWide
      title={item.data?.name ?? t`Picture`}
      before={<BackLink to={`/jobs/${job.id}`}>{titleOf(job)}</BackLink>}
      actions={<Neighbors job={job} index={index} />}
    >
      {item.data ? (
        <Picture key={index} job={job} item={item.data} judging={judging} />
      ) : item.isPending ? (
        <Loading />
      ) : (
        <NoPicture job={job} index={index} error={item.error} onRetry={() => void item.refetch()} />
      )}
    </Page>
  );
}
