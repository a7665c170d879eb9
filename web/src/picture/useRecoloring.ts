import { useState } from "react";

import type { Item, Result } from "../api/items";
import type { Job } from "../api/jobs";
import { useRecolored } from "../api/recolor";
import { useSettled } from "../ui/useSettled";
import { changesHints, changesMore, type Draft, draftOf } from "./draft";
import { keepDraft, keptDraft } from "./keeping";
import { type Hinting, useHinting } from "./useHinting";

/** While a slider is dragged, only where it rests is worth a request. */
const SETTLED_MS = 120;

export interface Recoloring {
  draft: Draft;
  isChanged: boolean;
  /** Whether other pictures, which get no hints, would be colored as before. */
  isOnlyHints: boolean;
  set: (draft: Draft) => void;
  /** Forgets the draft: the result is shown again. */
  reset: () => void;
  /** The picture with the draft's colors. Null: the result is shown. */
  picture: string | null;
  isBusy: boolean;
  error: Error | null;
  retry: () => void;
  hinting: Hinting;
}

/** What somebody tries with one picture. It is there again when they come back to it. */
export function useRecoloring(job: Job, item: Item, result: Result): Recoloring {
  const place = `${job.id}/${item.index}/${result.variant}`;
  const [tried, setTried] = useState(() => keptDraft(place));
  const before = draftOf(job, result);
  const keep = (draft: Draft | null) => {
    setTried(draft);
    keepDraft(place, draft);
  };
  const set = (draft: Draft) => {
    keep(changesMore(draft, before) || changesHints(draft, before) ? draft : null);
  };
  const draft = tried ?? before;
  const settled = useSettled(tried, SETTLED_MS);
  const { data, isFetching, error, refetch } = useRecolored(job.id, item.index, tried && settled);
  return {
    draft,
    isChanged: tried !== null,
    isOnlyHints: !changesMore(draft, before),
    set,
    reset: () => {
      keep(null);
    },
    picture: tried && !error ? (data ?? null) : null,
    isBusy: tried !== null && (isFetching || settled !== tried),
    error: tried && error,
    retry: () => void refetch(),
    hinting: useHinting(draft, set),
  };
}
