import { useEffect, useRef, useState } from "react";

import { type Place, placeOf, searchOf } from "./place";

/** Browsers refuse to change the address many times a second. */
const KEPT_MS = 300;

/** The place that the address names, and what keeps the address up to date. */
export function usePlace(): [Place, (place: Place) => void] {
  const [start] = useState(() => placeOf(window.location.search));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  const keep = (place: Place) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const url = window.location.pathname + searchOf(place);
      if (url !== window.location.pathname + window.location.search) window.history.replaceState(window.history.state, "", url);
    }, KEPT_MS);
  };
  return [start, keep];
}
