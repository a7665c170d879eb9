import { useEffect, useState } from "react";

import type { Item, Result } from "../api/items";
import type { Job } from "../api/jobs";
import { type Hint, useRecolored } from "../api/recolor";
import { useSettled } from "../ui/useSettled";
import { lightnessAt, MIDDLE_LIGHTNESS, PALETTE } from "./colors";
import { changedHint, changesMore, type Draft, draftOf, withHint, withoutHint } from "./draft";
import type { Point } from "./geometry";

/** While a slider is dragged, only where it rests is worth a request. */
const SETTLED_MS = 120;

export interface Hinting {
  selected: number | null;
  select: (index: number) => void;
  /** Of the selected hint, and of the next. */
  color: string;
  setColor: (color: string) => void;
  isPicking: boolean;
  setIsPicking: (isPicking: boolean) => void;
  add: (point: Point) => void;
  change: (index: number, change: Partial<Hint>) => void;
  remove: (index: number) => void;
}

export interface Recoloring {
  draft: Draft;
  isChanged: boolean;
  /** Whether other pictures, which get no hints, would be colored as before. */
  isOnlyHints: boolean;
  set: (draft: Draft) => void;
  /** Back to the result. */
  reset: () => void;
  /** The picture with the draft's colors. Null: the result is shown. */
  picture: string | null;
  isBusy: boolean;
  error: Error | null;
  retry: () => void;
  hinting: Hinting;
  lightness: number;
}

/** What somebody tries with one picture. */
export function useRecoloring(job: Job, item: Item, result: Result): Recoloring {
  const [tried, setTried] = useState<Draft | null>(null);
  const before = draftOf(job, result);
  const draft = tried ?? before;
  const settled = useSettled(tried, SETTLED_MS);
  const { data, isFetching, error, refetch } = useRecolored(job.id, item.index, tried && settled);
  const hinting = useHinting(draft, setTried);
  return {
    draft,
    isChanged: tried !== null,
    isOnlyHints: !changesMore(draft, before),
    set: setTried,
    reset: () => {
      setTried(null);
    },
    picture: tried && !error ? (data ?? null) : null,
    isBusy: tried !== null && (isFetching || settled !== tried),
    error: tried && error,
    retry: () => void refetch(),
    hinting,
    lightness: useLightness(item.links.source_preview, hinting.selected === null ? undefined : draft.hints[hinting.selected]),
  };
}

function useHinting(draft: Draft, set: (draft: Draft) => void): Hinting {
  const [chosen, setChosen] = useState<number | null>(null);
  const [next, setNext] = useState<string>(PALETTE[0].color);
  const [isPicking, setIsPicking] = useState(false);
  const selected = chosen !== null && chosen < draft.hints.length ? chosen : null;
  const change = (index: number, part: Partial<Hint>) => {
    if (part.color) setNext(part.color);
    set(changedHint(draft, index, part));
  };
  return {
    selected,
    select: setChosen,
    color: (selected === null ? undefined : draft.hints[selected]?.color) ?? next,
    setColor: (color) => {
      setNext(color);
      if (selected !== null) change(selected, { color });
    },
    isPicking,
    setIsPicking: (isOn) => {
      setIsPicking(isOn);
      // The palette is for the next hint first.
      if (isOn) setChosen(null);
    },
    add: (point) => {
      set(withHint(draft, point, next));
      setChosen(draft.hints.length);
    },
    change,
    remove: (index) => {
      set(withoutHint(draft, index));
      setChosen(null);
    },
  };
}

function useLightness(url: string | undefined, place: Point | undefined): number {
  const [lightness, setLightness] = useState(MIDDLE_LIGHTNESS);
  const { x, y } = place ?? {};
  useEffect(() => {
    if (!url || x === undefined || y === undefined) return;
    let isWanted = true;
    void lightnessAt(url, { x, y }).then((value) => {
      if (isWanted) setLightness(value);
    });
    return () => {
      isWanted = false;
    };
  }, [url, x, y]);
  return place ? lightness : MIDDLE_LIGHTNESS;
}
