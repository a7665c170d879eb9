import { Trans, useLingui } from "@lingui/react/macro";
import { Link, useLocation } from "wouter";

import { type Item, pictureOf, useItem } from "../api/items";
import { type Job, useJob } from "../api/jobs";
import { Page } from "../app/Page";
import { explainFailure } from "../jobs/failures";
import { titleOf } from "../jobs/states";
import { Button, ButtonLink } from "../ui/Button";
import { Icon } from "../ui/icons";
import { Empty, Failed, Loading } from "../ui/states";
import { useKeys } from "../ui/useKeys";
import { Compare } from "./Compare";
import styles from "./PictureView.module.css";

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
        <Shown item={item.data} />
      ) : item.isPending ? (
        <Loading />
      ) : (
        <Failed error={item.error} onRetry={() => void item.refetch()} />
      )}
    </Page>
  );
}

function Neighbors({ job, index }: { job: Job; index: number }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const last = (job.items ?? 0) - 1;
  const go = (to: number) => {
    if (to >= 0 && to <= last) navigate(`/jobs/${job.id}/pictures/${to}`, { replace: true });
  };
  useKeys({
    arrowleft: () => {
      go(index - 1);
    },
    arrowright: () => {
      go(index + 1);
    },
  });
  const [place, count] = [index + 1, last + 1];
  return (
    <>
      <Button
        aria-label={t`Previous picture`}
        disabled={index <= 0}
        onClick={() => {
          go(index - 1);
        }}
      >
        <Icon name="arrowLeft" />
      </Button>
      <span className={styles.place}>
        <Trans>
          {place} of {count}
        </Trans>
      </span>
      <Button
        aria-label={t`Next picture`}
        disabled={index >= last}
        onClick={() => {
          go(index + 1);
        }}
      >
        <Icon name="arrowRight" />
      </Button>
    </>
  );
}

function Shown({ item }: { item: Item }) {
  const { t } = useLingui();
  const result = pictureOf(item);
  const { source } = item.links;
  return (
    <>
      {item.result && result && source ? (
        <Compare key={item.index} before={source} after={result} width={item.result.width} height={item.result.height} />
      ) : (
        <WithoutPicture item={item} />
      )}
      {item.result && (
        <p className={styles.notice}>
          <Trans>Colorized by AI: the colors are simulated, not those of the day the picture was taken.</Trans>
        </p>
      )}
      <section className={styles.take} aria-label={t`Take home`}>
        {item.result && (
          <ButtonLink tone="primary" href={item.result.link} download>
            <Icon name="download" />
            <Trans>Result</Trans>
          </ButtonLink>
        )}
        {source && (
          <ButtonLink href={source} download>
            <Trans>Original</Trans>
          </ButtonLink>
        )}
      </section>
      {item.notes.map((note) => (
        <p key={note.code} className={styles.notice}>
          {note.detail}
        </p>
      ))}
    </>
  );
}

function WithoutPicture({ item }: { item: Item }) {
  const { t } = useLingui();
  if (item.result) {
    return (
      <Empty title={t`The result is finished`}>
        <p>
          <Trans>Browsers cannot show pictures of this format. Download it to see it.</Trans>
        </p>
      </Empty>
    );
  }
  if (!item.error) return <Empty title={item.state === "pending" ? t`Not colorized yet` : t`Canceled`} />;
  const { what, todo } = explainFailure(item.error);
  return (
    <Empty title={what}>
      <p>{todo}</p>
      <p>
        {item.error.detail} (<code>{item.error.code}</code>)
      </p>
    </Empty>
  );
}
