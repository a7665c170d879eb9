// How many columns fit, and how high their rows are.
import { type RefObject, useLayoutEffect, useState } from "react";

const LEAST_COLUMN_REM = 9.5;
export const GAP_REM = 0.75;
/** The picture's frame is 4:3; the caption has one line. */
const CAPTION_REM = 2.25;

export interface GridLayout {
  columns: number;
  rowHeight: number;
  /** Of the grid in the document. */
  top: number;
}

export function useGridLayout(grid: RefObject<HTMLDivElement | null>): GridLayout {
  const [layout, setLayout] = useState<GridLayout>({ columns: 4, rowHeight: 200, top: 0 });
  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      const next = layoutOf(element);
      setLayout((old) =>
        old.columns === next.columns && old.rowHeight === next.rowHeight && old.top === next.top ? old : next,
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

function layoutOf(element: HTMLDivElement): GridLayout {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const width = element.clientWidth;
  const columns = Math.max(2, Math.floor((width / rem + GAP_REM) / (LEAST_COLUMN_REM + GAP_REM)));
  const columnWidth = (width - (columns - 1) * GAP_REM * rem) / columns;
  const rowHeight = Math.round(columnWidth * 0.75 + (CAPTION_REM + GAP_REM) * rem);
  return { columns, rowHeight, top: Math.round(element.getBoundingClientRect().top + window.scrollY) };
}
