import { observeWindowOffset, useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

import { GAP_REM, useGridLayout } from "./gridLayout";
import { useGridKeys } from "./gridKeys";
import { scaleOf } from "./gridScale";
import styles from "./PictureGrid.module.css";

/** Of what sticks to the window's edges, so that the focus is never behind it. */
const EDGE_PX = 84;

interface Props {
  count: number;
  children: (position: number, isActive: boolean) => ReactNode;
  onSight: (first: number, last: number) => void;
  onKey: (event: KeyboardEvent, position: number) => boolean;
}

/** Tiles by their position. Only the rows in sight exist, so a job of any size scrolls alike. */
export function PictureGrid({ count, children, onSight, onKey }: Props) {
  const grid = useRef<HTMLDivElement>(null);
  const { columns, rowHeight, top } = useGridLayout(grid);
  const total = Math.ceil(count / columns) * rowHeight;
  const windowHeight = window.innerHeight;
  const scale = scaleOf({ total, top, window: windowHeight });
  // Between where a tile is in the whole grid and where it is drawn. 0, unless the grid is too high for the browser.
  const [shift, setShift] = useState(0);
  const latest = useRef(scale);
  const place = useRef(() => {
    /* Nothing is placed yet. */
  });
  useLayoutEffect(() => {
    latest.current = scale;
  });
  const rows = useWindowVirtualizer({
    count: Math.ceil(count / columns),
    estimateSize: () => rowHeight,
    overscan: 2,
    scrollMargin: top,
    observeElementOffset: (instance, onChange) =>
      observeWindowOffset(instance, (offset, isScrolling) => {
        place.current = () => {
          const inGrid = latest.current.toGrid(offset);
          setShift(offset - inGrid);
          onChange(inGrid, isScrolling);
        };
        place.current();
      }),
  });
  const onMove = (position: number) => {
    const start = top + Math.floor(position / columns) * rowHeight;
    const atLeast = start + rowHeight + EDGE_PX - window.innerHeight;
    const offset = Math.min(Math.max(scale.toGrid(window.scrollY), atLeast), start - EDGE_PX);
    window.scrollTo({ top: scale.toDocument(offset) });
  };
  const focused = useGridKeys({ grid, columns, count, onMove, onKey });
  useLayoutEffect(() => {
    rows.measure();
  }, [rows, rowHeight]);
  // A phone that is turned scales the grid otherwise, but scrolls nothing.
  useLayoutEffect(() => {
    place.current();
  }, [total, top, windowHeight]);
  const visible = rows.getVirtualItems();
  const first = (visible[0]?.index ?? 0) * columns;
  const last = Math.min(count, ((visible.at(-1)?.index ?? 0) + 1) * columns) - 1;
  useEffect(() => {
    onSight(first, last);
  }, [onSight, first, last]);
  // Some tile has to be reached by the tab key, also when the one that had the focus is out of sight.
  const active = focused >= first && focused <= last ? focused : first;
  return (
    <div
      ref={grid}
      className={styles.grid}
      style={{ height: scale.height }}
      role="list"
    >
      {visible.flatMap((row) =>
        Array.from({ length: columns }, (_, column) => row.index * columns + column)
          .filter((position) => position < count)
          .map((position, column) => (
            <div
              key={position}
              role="listitem"
              data-position={position}
              className={styles.cell}
              style={{
                width: `calc((100% - ${(columns - 1) * GAP_REM}rem) / ${columns})`,
                left: `calc((100% + ${GAP_REM}rem) / ${columns} * ${column})`,
                transform: `translateY(${row.start - top + shift}px)`,
              }}
            >
              {children(position, position === active)}
            </div>
          )),
      )}
    </div>
  );
}
