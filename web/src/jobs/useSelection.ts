import { useEffect, useState } from "react";

import { allIn, type Filter } from "../api/items";
import type { Job } from "../api/jobs";
import { between, keepSelection, keptSelection, NOTHING, type Selection, selected } from "./selection";

export interface Selecting {
  indexes: Selection;
  /** Of one tile, or of all from the one before. */
  toggle: (position: number, isRange: boolean) => void;
  selectAll: () => Promise<void>;
  clear: () => void;
}

/** What is selected of a list whose positions are those of a grid. */
export function useSelection(
  job: Job,
  filter: Filter | null,
  indexAt: (position: number) => number | undefined,
): Selecting {
  const { id, items } = job;
  const list = JSON.stringify(filter);
  const [indexes, setIndexes] = useState(() => keptSelection(id, list));
  const [anchor, setAnchor] = useState<number | null>(null);
  useEffect(() => {
    keepSelection(id, list, indexes);
  }, [id, list, indexes]);
  return {
    indexes,
    toggle: (position, isRange) => {
      const index = indexAt(position);
      if (index === undefined) return;
      const positions = isRange && anchor !== null ? between(anchor, position) : [position];
      const range = positions.map(indexAt).filter((each) => each !== undefined);
      setIndexes(selected(indexes, range, !indexes.has(index)));
      setAnchor(position);
    },
    selectAll: async () => {
      if (!filter) {
        setIndexes(new Set(between(0, (items ?? 0) - 1)));
        return;
      }
      const all = new Set<number>();
      for await (const page of allIn(job, filter)) for (const { index } of page) all.add(index);
      setIndexes(all);
    },
    clear: () => {
      setIndexes(NOTHING);
      setAnchor(null);
    },
  };
}
