import { useState } from "react";

import type { Hint } from "../api/recolor";
import { changedHint, type Draft, withHint, withoutHint } from "./draft";
import type { Point } from "./geometry";

export interface Hinting {
  /** The hint that the palette colors. Null: the palette is for the next one. */
  selected: number | null;
  select: (index: number | null) => void;
  /** The one that was set last: it gets the focus. */
  placed: number | null;
  /** Of the selected hint, or of the next. Null: none is chosen yet. */
  color: string | null;
  setColor: (color: string) => void;
  isAdding: boolean;
  setIsAdding: (isAdding: boolean) => void;
  /** Null: nothing is being added, or no color is chosen for it. */
  add: ((point: Point) => void) | null;
  change: (index: number, change: Partial<Hint>) => void;
  remove: (index: number) => void;
}

/** The color is chosen first, then the place. A hint keeps its color until it is selected and given another. */
export function useHinting(draft: Draft, set: (draft: Draft) => void): Hinting {
  const [chosen, setChosen] = useState<number | null>(null);
  const [placed, setPlaced] = useState<number | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [isAdding, setIsAdding] = useState(false);
  const selected = chosen !== null && chosen < draft.hints.length ? chosen : null;
  const change = (index: number, part: Partial<Hint>) => {
    set(changedHint(draft, index, part));
  };
  const add = (color: string) => (point: Point) => {
    set(withHint(draft, point, color));
    setChosen(null);
    setPlaced(draft.hints.length);
  };
  return {
    selected,
    select: setChosen,
    placed,
    color: selected === null ? next : (draft.hints[selected]?.color ?? next),
    setColor: (color) => {
      if (selected === null) setNext(color);
      else change(selected, { color });
    },
    isAdding,
    setIsAdding: (isOn) => {
      setIsAdding(isOn);
      setChosen(null);
    },
    add: isAdding && selected === null && next !== null ? add(next) : null,
    change,
    remove: (index) => {
      set(withoutHint(draft, index));
      setChosen(null);
      setPlaced(null);
    },
  };
}
