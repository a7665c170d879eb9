// Colors of what old photographs show. A scan keeps its lightness, so each is shown at the lightness of its place.
import { msg } from "@lingui/core/macro";

import type { Point } from "./geometry";

export const PALETTE = [
  { color: "#d9a88a", name: msg`Fair skin` },
  { color: "#7a4a32", name: msg`Dark skin` },
  { color: "#7db4e0", name: msg`Sky` },
  { color: "#3f7f92", name: msg`Water` },
  { color: "#6f8f3a", name: msg`Grass` },
  { color: "#3e6b35", name: msg`Leaves` },
  { color: "#a3492f", name: msg`Brick` },
  { color: "#8a5a34", name: msg`Wood` },
  { color: "#cdb389", name: msg`Sand` },
  { color: "#b3262e", name: msg`Red` },
  { color: "#c9808f", name: msg`Rose` },
  { color: "#c79a3a", name: msg`Gold` },
  { color: "#2b3a67", name: msg`Navy` },
  { color: "#808080", name: msg`Gray` },
] as const;

export const MIDDLE_LIGHTNESS = 60;

/** CIE L* of a gray of sRGB, 0 to 255. */
export function lightnessOf(gray: number): number {
  const value = gray / 255;
  const linear = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  return linear <= 216 / 24389 ? (linear * 24389) / 27 : 116 * Math.cbrt(linear) - 16;
}

/** The lightness of a picture at a place. The picture has to be of this origin. */
export async function lightnessAt(url: string, { x, y }: Point): Promise<number> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  if (!context) return MIDDLE_LIGHTNESS;
  const left = Math.min(Math.floor(x * image.naturalWidth), image.naturalWidth - 1);
  const top = Math.min(Math.floor(y * image.naturalHeight), image.naturalHeight - 1);
  context.drawImage(image, left, top, 1, 1, 0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return lightnessOf(0.2126 * red + 0.7152 * green + 0.0722 * blue);
}
