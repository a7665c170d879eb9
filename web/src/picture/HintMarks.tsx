import type { Hint } from "../api/recolor";
import type { Placement } from "./geometry";
import { HintMark } from "./HintMark";
import type { Hinting } from "./useHinting";

interface Props {
  hints: readonly Hint[];
  hinting: Hinting;
  placement: Placement;
}

/** The places of hints on the picture. */
export function HintMarks({ hints, hinting: { selected, select, placed, change, remove }, placement }: Props) {
  return hints.map((hint, index) => (
    <HintMark
      key={index}
      hint={hint}
      index={index}
      isSelected={index === selected}
      isPlaced={index === placed}
      placement={placement}
      onSelect={(isSelected) => {
        select(isSelected ? index : null);
      }}
      onMove={(point) => {
        change(index, point);
      }}
      onRemove={() => {
        remove(index);
      }}
    />
  ));
}
