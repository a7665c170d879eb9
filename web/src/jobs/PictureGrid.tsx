import { Trans, useLingui } from "@lingui/react/macro";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";

import { ITEMS_PER_PAGE, useItemPages } from "../api/items";
import { isEnded, type Job } from "../api/jobs";
import { Empty } from "../ui/states";
import styles from "./PictureGrid.module.css";
import { Tile } from "./Tile";

const LEAST_COLUMN_REM = 9.5;
const GAP_REM = 0.75;
/** The picture's frame is 4:3; the caption has one line. */
const CAPTION_REM = 2.25;

/** All items in their order. Only the rows in sight exist, so a job of any size scrolls alike. */
export function PictureGrid({ job }: { job: Job }) {
  const { t } = useLingui();
  if (job.items === null) {
    return isEnded(job) ? null : (
      <Empty title={t`Nothing to see yet`}>
        <p>
          <Trans>Pictures appear here as soon as the source has been read.</Trans>
        </p>
      </Empty>
    );
  }
  return job.items === 0 ? null : <Rows job={job} count={job.items} />;
}

function Rows({ job, count }: { job: Job; count: number }) {
  const { t } = useLingui();
  const grid = useRef<HTMLDivElement>(null);
  const { columns, rowHeight, top } = useLayout(grid);
   
  const rows = useWindowVirtualizer({
    count: Math.ceil(count / columns),
    estimateSize: () => rowHeight,
    overscan: 2,
    scrollMargin: top,
  });
  useLayoutEffect(() => {
    rows.measure();
  }, [rows, rowHeight]);
  const visible = rows.getVirtualItems();
  const first = (visible[0]?.index ?? 0) * columns;
  const last = Math.min(count, ((visible.at(-1)?.index ?? 0) + 1) * columns) - 1;
  const items = useItemPages(job, pagesOf(first, last));
  return (
    <section aria-label={t`Pictures`}>
      <div ref={grid} className={styles.grid} style={{ height: rows.getTotalSize() }} role="list">
        {visible.flatMap((row) =>
          Array.from({ length: columns }, (_, column) => row.index * columns + column)
            .filter((index) => index < count)
            .map((index, column) => (
              <div
                key={index}
                role="listitem"
                className={styles.cell}
                style={{
                  width: `calc((100% - ${(columns - 1) * GAP_REM}rem) / ${columns})`,
                  left: `calc((100% + ${GAP_REM}rem) / ${columns} * ${column})`,
                  transform: `translateY(${row.start - top}px)`,
                }}
              >
                <Tile jobId={job.id} index={index} item={items.get(index)} />
              </div>
            )),
        )}
      </div>
    </section>
  );
}

export function pagesOf(first: number, last: number): number[] {
  const page = Math.floor(first / ITEMS_PER_PAGE);
  return Array.from({ length: Math.floor(last / ITEMS_PER_PAGE) - page + 1 }, (_, offset) => page + offset);
}

function useLayout(grid: React.RefObject<HTMLDivElement | null>) {
  const [layout, setLayout] = useState({ columns: 4, rowHeight: 200, top: 0 });
  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const width = element.clientWidth;
      const columns = Math.max(2, Math.floor((width / rem + GAP_REM) / (LEAST_COLUMN_REM + GAP_REM)));
      const columnWidth = (width - (columns - 1) * GAP_REM * rem) / columns;
      const rowHeight = Math.round(columnWidth * 0.75 + (CAPTION_REM + GAP_REM) * rem);
      const top = Math.round(element.getBoundingClientRect().top + window.scrollY);
      setLayout((old) =>
        old.columns === columns && old.rowHeight === rowHeight && old.top === top ? old : { columns, rowHeight, top },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(document.body);
    return () => {
      observer.disconnect();
    };
  }, [grid]);
  return layout;
}
