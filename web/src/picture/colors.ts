// Colors of what old photographs show.
import { i18n, type MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

export const PALETTE: readonly { color: string; name: MessageDescriptor }[] = [
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
];

/** As the palette names it, or its number. */
export function colorName(color: string): string {
  const known = PALETTE.find((each) => each.color === color);
  return known ? i18n._(known.name) : color;
}
