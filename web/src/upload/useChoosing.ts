import { useState } from "react";

import { type Arrangement, arrange } from "./arrange";
import type { Choice } from "./choosing";

/** A view that changes with every file would take longer than the files. */
const SHOWN_EACH_MS = 150;

interface Choosing {
  /** How many files have been looked at; null if that is not going on. */
  found: number | null;
  error: unknown;
  choose: (choice: Choice) => Promise<void>;
}

/** Looks at what was chosen, while the view shows how far that is. */
export function useChoosing(onArranged: (arrangement: Arrangement) => void): Choosing {
  const [found, setFound] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const choose = async (choice: Choice) => {
    setError(null);
    let shownAt = performance.now();
    const onFound = (count: number) => {
      if (performance.now() - shownAt < SHOWN_EACH_MS) return;
      shownAt = performance.now();
      setFound(count);
    };
    try {
      setFound(0);
      onArranged(await arrange(await choice(onFound)));
    } catch (failure) {
      setError(failure);
    } finally {
      setFound(null);
    }
  };
  return { found, error, choose };
}
