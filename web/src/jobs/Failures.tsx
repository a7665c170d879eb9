import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "wouter";

import { type Item, useItemsIn } from "../api/items";
import { isEnded, type Job, useRetryJob } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { Failed } from "../ui/states";
import { explainFailure } from "./failures";
import styles from "./Failures.module.css";

/** What failed, by reason: what happened, what to do, and to which pictures. */
export function Failures({ job }: { job: Job }) {
  if (job.counts.failed === 0) return <RetryOnly job={job} />;
  const { failed } = job.counts;
  return (
    <section className={styles.failures} aria-labelledby="failures">
      <div className={styles.head}>
        <h2 id="failures">
          <Plural value={failed} one="# picture failed" other="# pictures failed" />
        </h2>
        <Retry job={job} />
      </div>
      <FailedItems job={job} />
    </section>
  );
}

/** A canceled job has no failures, but a rest. */
function RetryOnly({ job }: { job: Job }) {
  return job.counts.canceled + job.counts.expired > 0 || (isEnded(job) && job.error) ? (
    <div>
      <Retry job={job} />
    </div>
  ) : null;
}

function Retry({ job }: { job: Job }) {
  const retry = useRetryJob();
  if (!job.links.retry) return null;
  return (
    <div className={styles.retry}>
      <Button
        disabled={retry.isPending}
        onClick={() => {
          retry.mutate({ id: job.id });
        }}
      >
        <Icon name="retry" />
        <Trans>Retry what has no result</Trans>
      </Button>
      {retry.isError && <p role="alert">{sentenceOf(retry.error)}</p>}
    </div>
  );
}

function FailedItems({ job }: { job: Job }) {
  const items = useItemsIn(job, { state: "failed" });
  if (items.isError) return <Failed error={items.error} onRetry={() => void items.refetch()} />;
  const all = items.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <>
      <ul className={styles.groups}>
        {byCode(all).map((group) => (
          <Group key={group.code} job={job} group={group} />
        ))}
      </ul>
      {items.hasNextPage && (
        <Button disabled={items.isFetchingNextPage} onClick={() => void items.fetchNextPage()}>
          <Trans>Show more of them</Trans>
        </Button>
      )}
    </>
  );
}

interface FailureGroup {
  code: string;
  items: Item[];
}

function byCode(items: readonly Item[]): FailureGroup[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const code = item.error?.code ?? "";
    groups.set(code, [...(groups.get(code) ?? []), item]);
  }
  return [...groups].map(([code, group]) => ({ code, items: group }));
}

function Group({ job, group: { code, items } }: { job: Job; group: FailureGroup }) {
  const [first] = items;
  if (!first?.error) return null;
  const { what, todo } = explainFailure(first.error);
  return (
    <li className={styles.group}>
      <p className={styles.what}>{what}</p>
      {todo && <p>{todo}</p>}
      <ul className={styles.names}>
        {items.map((item) => (
          <li key={item.index}>
            <Link to={`/jobs/${job.id}/pictures/${item.index}`} title={item.error?.detail}>
              {item.name}
            </Link>
          </li>
        ))}
      </ul>
      <p className={styles.code}>
        <code>{code}</code>
      </p>
    </li>
  );
}
