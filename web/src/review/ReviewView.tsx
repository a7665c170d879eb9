import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useSearchParams } from "wouter";

import { useItem } from "../api/items";
import { isKept, type Job, useJob } from "../api/jobs";
import { isMissing } from "../api/problems";
import { type Judging, useJudging } from "../api/verdicts";
import { Page } from "../app/Page";
import { NoJob } from "../jobs/JobView";
import { titleOf } from "../jobs/states";
import { NoPicture } from "../picture/NoPicture";
import { BackLink } from "../ui/BackLink";
import { Empty, Failed, Loading } from "../ui/states";
import { Finished } from "./Finished";
import { ahead, type Queue, queueOf } from "./queue";
import { Reviewed } from "./Reviewed";
import { QueueSums } from "./QueueSums";
import { useWalk, type Walking } from "./useWalk";
import type { Place } from "./walk";

/** Results one after another, to accept, reject or flag each from the keyboard. */
export function ReviewView({ id }: { id: string }) {
  const { t } = useLingui();
  const job = useJob(id);
  const isThere = job.data && isKept(job.data);
  const title = job.data ? titleOf(job.data) : id;
  return (
    <Page
      isWide
      title={t`Review`}
      before={<BackLink to={`/jobs/${id}`}>{title}</BackLink>}
    >
      {job.data && isThere ? (
        <OfJob job={job.data} />
      ) : job.data ? (
        <Empty title={t`This job was deleted`} />
      ) : job.isPending ? (
        <Loading />
      ) : isMissing(job.error) ? (
        <NoJob />
      ) : (
        <Failed error={job.error} onRetry={() => void job.refetch()} />
      )}
    </Page>
  );
}

/** `?at` is the index of the picture, or `end`. */
function OfJob({ job }: { job: Job }) {
  const [search, setSearch] = useSearchParams();
  const queue = queueOf(search.get("queue"));
  const at = search.get("at");
  const place = at !== null && /^\d{1,9}$/.test(at) ? Number(at) : "end";
  const judging = useJudging(job);
  const go = (to: Place | null, of: Queue = queue) => {
    const next = { ...(of === "open" ? {} : { queue: of }), ...(to === null ? {} : { at: String(to) }) };
    setSearch(next, { replace: true });
  };
  const walking = useWalk(job, queue, place, judging, go);
  const begin = (of: Queue) => {
    walking.restart();
    go(null, of);
  };
  return (
    <>
      <QueueSums job={job} queue={queue} onQueue={begin} />
      {at === null ? (
        <First job={job} queue={queue} onFound={go} />
      ) : place === "end" ? (
        <Finished
          job={job}
          walking={walking}
          canUndo={judging.canUndo}
          onAgain={() => {
            begin(queue);
          }}
        />
      ) : (
        <At job={job} queue={queue} index={place} judging={judging} walking={walking} />
      )}
    </>
  );
}

/** Where the queue begins. */
function First({ job, queue, onFound }: { job: Job; queue: Queue; onFound: (place: Place) => void }) {
  const first = useQuery({
    queryKey: ["review", job.id, job.run, queue],
    queryFn: async () => (await ahead(job, queue, 0, 1))[0]?.index ?? "end",
    gcTime: 0,
    staleTime: 0,
  });
  const found = first.isFetching ? undefined : first.data;
  useEffect(() => {
    if (found !== undefined) onFound(found);
  });
  return first.isError ? <Failed error={first.error} onRetry={() => void first.refetch()} /> : <Loading />;
}

interface AtProps {
  job: Job;
  queue: Queue;
  index: number;
  judging: Judging;
  walking: Walking;
}

function At({ index, ...rest }: AtProps) {
  const { job } = rest;
  const { t } = useLingui();
  const item = useItem(job, index);
  if (item.isError) return <NoPicture job={job} index={index} error={item.error} onRetry={() => void item.refetch()} />;
  if (!item.data) return <Loading />;
  if (item.data.state === "succeeded") return <Reviewed {...rest} item={item.data} />;
  return (
    <Empty title={t`This picture has no result to review`}>
      <p>
        <Link to={`/jobs/${job.id}/review`}>
          <Trans>Continue with the next picture</Trans>
        </Link>
      </p>
    </Empty>
  );
}
