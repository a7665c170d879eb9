// The way somebody took through a queue: back and forward lead along it, as in a browser.
export type Place = number | "end";

export interface Walk {
  past: readonly Place[];
  future: readonly Place[];
}

export const START: Walk = { past: [], future: [] };

/** After a step to where nobody has been. */
export function stepped({ past }: Walk, from: Place): Walk {
  return { past: [...past, from], future: [] };
}

/** To the place before. Null: the walk began here. */
export function back({ past, future }: Walk, from: Place): { walk: Walk; to: Place } | null {
  const to = past.at(-1);
  return to === undefined ? null : { walk: { past: past.slice(0, -1), future: [from, ...future] }, to };
}

/** To where the walk went from here. Null: it has not gone on yet. */
export function forward({ past, future }: Walk, from: Place): { walk: Walk; to: Place } | null {
  const [to, ...rest] = future;
  return to === undefined ? null : { walk: { past: [...past, from], future: rest }, to };
}

/** Back along the way as far as a place; where that is not on it, a step there. */
export function returned(walk: Walk, from: Place, to: Place): Walk {
  const { past, future } = walk;
  const at = past.lastIndexOf(to);
  if (at < 0) return from === to ? walk : stepped(walk, from);
  return { past: past.slice(0, at), future: [...past.slice(at + 1), from, ...future] };
}
