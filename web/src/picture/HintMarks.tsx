import { useLingui } from "@lingui/react/macro";
import type { KeyboardEvent, PointerEvent } from "react";

import type { Hint } from "../api/recolor";
import styles from "./Hints.module.css";
import { clamp, type Placement, type Point } from "./geometry";

interface Props {
  hints: readonly Hint[];
  selected: number | null;
  placement: Placement;
  onSelect: (index: number) => void;
  onMove: (index: number, point: Point) => void;
  onRemove: (index: number) => void;
}

const [STEP, LONG_STEP] = [0.01, 0.05];
const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The places of hints on the picture: dragged, or moved by arrow keys; Delete removes one. */
export function HintMarks({ hints, selected, placement, onSelect, onMove, onRemove }: Props) {
  const { t } = useLingui();
  const onKey = (event: KeyboardEvent, index: number, { x, y }: Point) => {
    const direction = DIRECTIONS[event.key];
    const step = event.shiftKey ? LONG_STEP : STEP;
    if (direction) onMove(index, { x: clamp(x + direction[0] * step, 0, 1), y: clamp(y + direction[1] * step, 0, 1) });
    else if (event.key === "Delete" || event.key === "Backspace") onRemove(index);
    else return;
    event.preventDefault();
  };
  const onDrag = (event: PointerEvent<HTMLElement>, index: number) => {
    const layer = event.currentTarget.parentElement?.getBoundingClientRect();
    if (!layer || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const [left, top] = [event.clientX - layer.left - placement.left, event.clientY - layer.top - placement.top];
    onMove(index, { x: clamp(left / placement.width, 0, 1), y: clamp(top / placement.height, 0, 1) });
  };
  return hints.map(({ x, y, color }, index) => (
    <button
      key={index}
      type="button"
      className={styles.mark}
      data-moved-by-keys=""
      aria-label={t`Hint ${index + 1}, ${color}. Arrow keys move it, Delete removes it`}
      aria-pressed={index === selected}
      style={{
        left: placement.left + x * placement.width,
        top: placement.top + y * placement.height,
        backgroundColor: color,
      }}
      onFocus={() => {
        onSelect(index);
      }}
      onKeyDown={(event) => {
        onKey(event, index, { x, y });
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        onDrag(event, index);
      }}
    />
  ));
}
