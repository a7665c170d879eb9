import { useKeys } from "../ui/useKeys";
import type { Viewers } from "./viewers";
import { CLOSER, FARTHER } from "./zooming";

const STEP = 0.2;

/** Zooming and moving by keys, for the whole view. The arrows alone turn the pages. */
export function useZoomKeys(viewers: Viewers | null): void {
  const zoom = (factor: number) => () => viewers?.zoomBy(factor);
  const move = (x: number, y: number) => () => viewers?.moveBy(x * STEP, y * STEP);
  useKeys({
    "+": zoom(CLOSER),
    "=": zoom(CLOSER),
    "-": zoom(FARTHER),
    "0": () => viewers?.fit(),
    "shift+arrowleft": move(-1, 0),
    "shift+arrowright": move(1, 0),
    "shift+arrowup": move(0, -1),
    "shift+arrowdown": move(0, 1),
  });
}
