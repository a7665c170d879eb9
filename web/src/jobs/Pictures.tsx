import { Trans, useLingui } from "@lingui/react/macro";
import { useCallback, useState } from "react";
import { useSearchParams } from "wouter";

import { type Filter, ITEMS_PER_PAGE, useItemPages, useItemsIn } from "../api/items";
import { isEnded, type Job } from "../api/jobs";
import { Empty, Failed, Loading } from "../ui/states";
import { Board } from "./Board";
import { filterOf, type Shown, shownOf } from "./filters";

/** All items in their order, or those of a filter. */
export function Pictures({ job }: { job: Job }) {
  const { t } = useLingui();
  const [search, setSearch] = useSearchParams();
  const shown = shownOf(search.get("show"));
  const onShow = (next: Shown) => {
    setSearch(next === "all" ? {} : { show: next }, { replace: true });
  };
  if (job.items === null) return isEnded(job) ? null : <NotRead />;
  if (job.items === 0) return null;
  const filter = filterOf(shown);
  const view = { job, shown, onShow };
  return (
    <section aria-label={t`Pictures`}>
      {filter ? <Filtered key={shown} {...view} filter={filter} /> : <All {...view} count={job.items} />}
    </section>
  );
}

function NotRead() {
  const { t } = useLingui();
  return (
    <Empty title={t`Nothing to see yet`}>
      <p>
        <Trans>Pictures appear here as soon as the source has been read.</Trans>
      </p>
    </Empty>
  );
}

interface ViewProps {
  job: Job;
  shown: Shown;
  onShow: (shown: Shown) => void;
}

/** Any stretch of them, without what is before it. */
function All({ count, ...view }: ViewProps & { count: number }) {
  const [[first, last], setSight] = useState<readonly [number, number]>([0, -1]);
  const onSight = useCallback((from: number, to: number) => {
    setSight([from, to]);
  }, []);
  const items = useItemPages(view.job, pagesOf(first, last));
  return (
    <Board {...view} count={count} itemAt={(position) => items.get(position)} indexAt={(position) => position} onSight={onSight} />
  );
}

export function pagesOf(first: number, last: number): number[] {
  const page = Math.floor(first / ITEMS_PER_PAGE);
  return Array.from({ length: Math.max(0, Math.floor(last / ITEMS_PER_PAGE) - page + 1) }, (_, offset) => page + offset);
}

/** As far as they were scrolled: where the thousandth failure is, only counting tells. */
function Filtered({ filter, ...view }: ViewProps & { filter: Filter }) {
  const list = useItemsIn(view.job, filter);
  const items = list.data?.pages.flatMap((page) => page.data) ?? [];
  const { hasNextPage, isFetching, fetchNextPage } = list;
  const known = items.length;
  const onSight = useCallback(
    (_first: number, last: number) => {
      if (hasNextPage && !isFetching && last >= known - ITEMS_PER_PAGE) void fetchNextPage();
    },
    [hasNextPage, isFetching, fetchNextPage, known],
  );
  return (
    <Board
      {...view}
      filter={filter}
      count={known}
      itemAt={(position) => items[position]}
      indexAt={(position) => items[position]?.index}
      onSight={onSight}
    >
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && known === 0 && <Nothing />}
    </Board>
  );
}

function Nothing() {
  const { t } = useLingui();
  return <Empty title={t`There are no such pictures`} />;
}
