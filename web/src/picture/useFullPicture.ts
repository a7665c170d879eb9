import { useEffect, useState } from "react";

import type { Viewers } from "./viewers";

/** One of the two pictures: small at once, and full where the browser can show it. */
export interface Rendition {
  preview: string;
  full: string | null;
}

/** Full pictures of those that somebody only leafs past are not asked for. */
const SETTLED_MS = 250;
/** A preview of 512 may be stretched a little before it looks soft. */
const MOST_PREVIEW_PX = 640;

/** Draws the full picture over its preview when that would look soft. Returns whether the browser cannot show it. */
export function useFullPicture(viewers: Viewers | null, pane: number, url: string | null, shownPx: number): boolean {
  const [broken, setBroken] = useState<string | null>(null);
  const isNeeded = shownPx * devicePixelRatio > MOST_PREVIEW_PX;
  useEffect(() => {
    if (!viewers || !url || !isNeeded) return;
    const timer = setTimeout(() => {
      viewers.draw(pane, url).catch(() => {
        setBroken(url);
      });
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [viewers, pane, url, isNeeded]);
  return isNeeded && (url === null || broken === url);
}
