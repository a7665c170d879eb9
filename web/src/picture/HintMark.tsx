import { useLingui } from "@lingui/react/macro";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";

import type { Hint } from "../api/recolor";
import { colorName } from "./colors";
import { clamp, type Placement, type Point } from "./geometry";
import styles from "./Hints.module.css";

interface Props {
  hint: Hint;
  index: number;
  isSelected: boolean;
  isPlaced: boolean;
  placement: Placement;
  onSelect: (isSelected: boolean) => void;
  onMove: (point: Point) => void;
  onRemove: () => void;
}

const [STEP, LONG_STEP] = [0.01, 0.05];
/** A pointer that presses is seldom quite still. */
const STILL_PX = 3;
const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The place of a hint on the picture: dragged, or moved by arrow keys; a click selects it. */
export function HintMark({ hint: { x, y, color }, index, isSelected, isPlaced, placement, ...props }: Props) {
  const { t } = useLingui();
  const name = colorName(color);
  const mark = useRef<HTMLButtonElement>(null);
  const drag = useRef({ left: 0, top: 0, hasBegun: false });
  useEffect(() => {
    // So that the arrow keys move what was just set, and do not leave the picture.
    if (isPlaced) mark.current?.focus({ preventScroll: true });
  }, [isPlaced]);

  const onKey = (event: KeyboardEvent) => {
    const direction = DIRECTIONS[event.key];
    const step = event.shiftKey ? LONG_STEP : STEP;
    if (direction) props.onMove({ x: clamp(x + direction[0] * step, 0, 1), y: clamp(y + direction[1] * step, 0, 1) });
    else if (event.key === "Delete" || event.key === "Backspace") props.onRemove();
    else if (event.key === "Escape") props.onSelect(false);
    else return;
    event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const layer = event.currentTarget.parentElement?.getBoundingClientRect();
    if (!layer || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const { left, top } = drag.current;
    drag.current.hasBegun ||= Math.hypot(event.clientX - left, event.clientY - top) > STILL_PX;
    if (!drag.current.hasBegun) return;
    const [toLeft, toTop] = [event.clientX - layer.left - placement.left, event.clientY - layer.top - placement.top];
    props.onMove({ x: clamp(toLeft / placement.width, 0, 1), y: clamp(toTop / placement.height, 0, 1) });
  };
  return (
    <button
      ref={mark}
      type="button"
      className={styles.mark}
      data-moved-by-keys=""
      aria-label={t`Hint ${index + 1}, ${name}. Arrow keys move it, Delete removes it, Enter selects it`}
      aria-pressed={isSelected}
      style={{
        left: placement.left + x * placement.width,
        top: placement.top + y * placement.height,
        backgroundColor: color,
      }}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        drag.current = { left: event.clientX, top: event.clientY, hasBegun: false };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      onClick={({ detail }) => {
        // A drag ends with a click, too. Keys click with no detail.
        if (detail === 0 || !drag.current.hasBegun) props.onSelect(!isSelected);
      }}
    />
  );
}
