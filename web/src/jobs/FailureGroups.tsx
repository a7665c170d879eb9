import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "wouter";

import { type Item, useItemsIn } from "../api/items";
import { type Job, reportCsv } from "../api/jobs";
import { Button, ButtonLink } from "../ui/Button";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { Failed, Loading } from "../ui/states";
import { canRetry, explainFailure } from "./failures";
import styles from "./Failures.module.css";
import { RetryButton } from "./RetryButton";
import { FAILED_PER_PAGE } from "./useFailed";

export function FailureGroups({ job }: { job: Job }) {
  const items = useItemsIn(job, { state: "failed" }, FAILED_PER_PAGE);
  if (items.isPending) return <Loading />;
  if (items.isError) return <Failed error={items.error} onRetry={() => void items.refetch()} />;
  const csv = reportCsv(job, "failed");
  const all = items.data.pages.flatMap((page) => page.data);
  return (
    <>
      <ul className={styles.groups}>
        {byCode(all).map((group) => (
          <Group key={group.code} job={job} group={group} />
        ))}
      </ul>
      <div className={classes(styles.actions, styles.end)}>
        {items.hasNextPage && (
          <Button disabled={items.isFetchingNextPage} onClick={() => void items.fetchNextPage()}>
            <Trans>Show more of them</Trans>
          </Button>
        )}
        {csv && (
          <ButtonLink tone="quiet" href={csv} download>
            <Icon name="download" />
            <Trans>List of failures (CSV)</Trans>
          </ButtonLink>
        )}
      </div>
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
    const group = groups.get(code);
    if (group) group.push(item);
    else groups.set(code, [item]);
  }
  return [...groups].map(([code, group]) => ({ code, items: group }));
}

function Group({ job, group: { code, items } }: { job: Job; group: FailureGroup }) {
  const { t } = useLingui();
  const [first] = items;
  if (!first?.error) return null;
  const { what, todo } = explainFailure(first.error);
  const count = items.length;
  return (
    <li className={styles.group}>
      <p className={styles.what}>{what}</p>
      <p>{todo}</p>
      <ul className={styles.names} aria-label={t`Pictures`}>
        {items.map((item) => (
          <li key={item.index}>
            <Link to={`/jobs/${job.id}/pictures/${item.index}`}>{item.name}</Link>
          </li>
        ))}
      </ul>
      <div className={styles.actions}>
        {canRetry(first.error) && (
          <RetryButton job={job} items={items.map(({ index }) => index)}>
            <Plural value={count} one="Retry this picture" other="Retry these # pictures" />
          </RetryButton>
        )}
        <details className={styles.code}>
          <summary>
            <Trans>Details</Trans> <code>{code}</code>
          </summary>
          <p lang="en">{first.error.detail}</p>
        </details>
      </div>
    </li>
  );
}
