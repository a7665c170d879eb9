import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";

import { useItem } from "../api/items";
import { isKept, type Job, useJob } from "../api/jobs";
import { type Judging, useJudging } from "../api/verdicts";
import { Page } from "../app/Page";
import { titleOf } from "../jobs/states";
import { Empty, Failed, Loading } from "../ui/states";
import { Finished } from "./Finished";
import { ahead, before, type Queue, queueOf } from "./queue";
import { Reviewed } from "./Reviewed";
import { QueueSums } from "./QueueSums";

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
      before={
        <p>
          <Link to={`/jobs/${id}`}>{title}</Link>
        </p>
      }
    >
      {job.data && isThere ? (
        <OfJob job={job.data} />
      ) : job.data ? (
        <Empty title={t`This job was deleted`} />
      ) : job.isPending ? (
        <Loading />
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
  const judging = useJudging(job);
  const [seen, setSeen] = useState<readonly number[]>([]);
  const go = (to: number | "end" | null, of: Queue = queue) => {
    const next = { ...(of === "open" ? {} : { queue: of }), ...(to === null ? {} : { at: String(to) }) };
    setSearch(next, { replace: true });
  };
  const goBack = async (from: number) => {
    const to = seen.at(-1) ?? (await before(job, from));
    setSeen(seen.slice(0, -1));
    if (to !== null) go(to);
  };
  return (
    <>
      <QueueSums
        job={job}
        queue={queue}
        onQueue={(of) => {
          go(null, of);
        }}
      />
      {at === null ? (
        <First job={job} queue={queue} onFound={go} />
      ) : /^\d{1,9}$/.test(at) ? (
        <At
          job={job}
          queue={queue}
          index={Number(at)}
          judging={judging}
          onGo={(to) => {
            setSeen([...seen, Number(at)]);
            go(to);
          }}
          onBack={() => void goBack(Number(at))}
        />
      ) : (
        <Finished
          job={job}
          onAgain={() => {
            go(null);
          }}
        />
      )}
    </>
  );
}

/** Where the queue begins. */
function First({ job, queue, onFound }: { job: Job; queue: Queue; onFound: (index: number | "end") => void }) {
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
  onGo: (to: number | "end") => void;
  onBack: () => void;
}

function At({ index, ...rest }: AtProps) {
  const { job } = rest;
  const { t } = useLingui();
  const item = useItem(job, index);
  if (item.isError) return <Failed error={item.error} onRetry={() => void item.refetch()} />;
  if (!item.data) return <Loading />;
  if (item.data.state === "succeeded") return <Reviewed {...rest} item={item.data} />;
  return (
    <Empty title={t`This picture has no result to review`}>
      <p>
        <Link to={`/jobs/${job.id}/review`}>
          <Trans>Go on with the next one</Trans>
        </Link>
      </p>
    </Empty>
  );
}
