// What of a picture's page is in its address, so that a link leads to the same sight.
import { clamp, type View, WHOLE } from "./geometry";

export interface Place extends View {
  /** How much of the original is shown, in percent. */
  slider: number;
  isSideBySide: boolean;
}

export const START: Place = { ...WHOLE, slider: 50, isSideBySide: false };
const MOST_ZOOM = 1000;

export function placeOf(search: string): Place {
  const query = new URLSearchParams(search);
  const read = (name: string, least: number, most: number, otherwise: number) => {
    const text = query.get(name);
    const value = Number(text);
    return text && Number.isFinite(value) ? clamp(value, least, most) : otherwise;
  };
  return {
    zoom: read("zoom", 1, MOST_ZOOM, START.zoom),
    x: read("x", 0, 1, START.x),
    y: read("y", 0, 1, START.y),
    slider: Math.round(read("slider", 0, 100, START.slider)),
    isSideBySide: query.get("view") === "side-by-side",
  };
}

/** With a question mark; empty for what a plain link shows. */
export function searchOf({ zoom, x, y, slider, isSideBySide }: Place): string {
  const query = new URLSearchParams();
  if (Number(zoom.toFixed(2)) > 1) {
    query.set("zoom", short(zoom, 2));
    query.set("x", short(x, 4));
    query.set("y", short(y, 4));
  }
  if (slider !== START.slider) query.set("slider", String(slider));
  if (isSideBySide) query.set("view", "side-by-side");
  const text = query.toString();
  return text && `?${text}`;
}

function short(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
