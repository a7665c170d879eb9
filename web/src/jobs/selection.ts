// Which items are selected, by index. A set: of 100,000 it takes a few megabytes, and only once somebody selects them all.
export type Selection = ReadonlySet<number>;

export const NOTHING: Selection = new Set();

export function selected(selection: Selection, indexes: Iterable<number>, isSelected: boolean): Selection {
  const changed = new Set(selection);
  for (const index of indexes) {
    if (isSelected) changed.add(index);
    else changed.delete(index);
  }
  return changed;
}

/** As `items` of an address names them, shortly: "0-4,7,9-12". */
export function rangesOf(selection: Selection): string {
  const sorted = [...selection].sort((one, other) => one - other);
  const ranges: [number, number][] = [];
  for (const index of sorted) {
    const last = ranges.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** The numbers from one to the other, in whichever order. */
export function between(one: number, other: number): number[] {
  const [first, last] = one < other ? [one, other] : [other, one];
  return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
}

interface Kept {
  job: string;
  /** Of the list in which it was made: in another it would show something else. */
  list: string;
  selection: Selection;
}

/** The last one, so that somebody can look at a picture of it and come back. It need not outlive the tab. */
let kept: Kept | null = null;

export function keepSelection(job: string, list: string, selection: Selection): void {
  kept = { job, list, selection };
}

export function keptSelection(job: string, list?: string): Selection {
  return kept?.job === job && (list === undefined || kept.list === list) ? kept.selection : NOTHING;
}
