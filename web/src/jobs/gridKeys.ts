// The keys of the grid: arrows move from tile to tile, letters judge, space selects.
import { type RefObject, useEffect, useEffectEvent, useRef, useState } from "react";

interface Moves {
  columns: number;
  count: number;
}

/** Where a key leads from a position. Null: it is no key that moves. */
export function moved(key: string, position: number, { columns, count }: Moves): number | null {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[key];
  if (step === undefined) return null;
  const next = position + step;
  // Down from above a gap in the last row leads to its last picture.
  if (next >= count && key === "ArrowDown" && Math.floor(position / columns) < Math.floor((count - 1) / columns)) return count - 1;
  return next >= 0 && next < count ? next : position;
}

export const KEYED = "data-position";

interface Keys extends Moves {
  grid: RefObject<HTMLDivElement | null>;
  /** Brings its row into sight. */
  onMove: (position: number) => void;
  /** Any other key, on the tile at a position. Whether it was used. */
  onKey: (event: KeyboardEvent, position: number) => boolean;
}

/** One tile has the focus, or would get it by the tab key; the arrows move it. */
export function useGridKeys({ grid, columns, count, onMove, onKey }: Keys) {
  const [active, setActive] = useState(0);
  const isMoving = useRef(false);
  useEffect(() => {
    if (!isMoving.current) return;
    // The tile may not be there before its row has been scrolled into sight.
    const link = grid.current?.querySelector<HTMLElement>(`[${KEYED}="${active}"] a`);
    if (!link) return;
    isMoving.current = false;
    link.focus({ preventScroll: true });
  });
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const position = positionOf(event.target);
    if (position === null || event.altKey) return;
    const next = event.ctrlKey || event.metaKey ? null : moved(event.key, position, { columns, count });
    if (next === null && !onKey(event, position)) return;
    event.preventDefault();
    if (next === null) return;
    isMoving.current = true;
    setActive(next);
    onMove(next);
  });
  const onFocus = useEffectEvent(({ target }: FocusEvent) => {
    setActive((before) => positionOf(target) ?? before);
  });
  useEffect(() => {
    const element = grid.current;
    if (!element) return;
    const listeners = new AbortController();
    const { signal } = listeners;
    element.addEventListener("keydown", (event) => { onKeyDown(event); }, { signal });
    element.addEventListener("focusin", (event) => { onFocus(event); }, { signal });
    return () => {
      listeners.abort();
    };
  }, [grid]);
  return active;
}

function positionOf(target: EventTarget | null): number | null {
  const position = target instanceof Element ? target.closest(`[${KEYED}]`)?.getAttribute(KEYED) : null;
  return position ? Number(position) : null;
}
