// How a picture might be colored instead: what somebody tries before it becomes a job.
import type { Result } from "../api/items";
import type { Job } from "../api/jobs";
import type { Hint } from "../api/recolor";
import { clamp, type Point } from "./geometry";

export interface Draft {
  vividness: number;
  seed: number;
  variant: number;
  hints: Hint[];
}

export const MOST_HINTS = 100;

/** As the result was colored. */
export function draftOf({ options }: Job, { seed, variant }: Result): Draft {
  return { vividness: options.vividness, seed, variant, hints: options.hints };
}

export function withHint(draft: Draft, point: Point, color: string): Draft {
  return draft.hints.length < MOST_HINTS ? { ...draft, hints: [...draft.hints, { ...rounded(point), color }] } : draft;
}

export function changedHint(draft: Draft, index: number, change: Partial<Hint>): Draft {
  return {
    ...draft,
    hints: draft.hints.map((hint, each) => {
      const changed = { ...hint, ...change };
      return each === index ? { ...changed, ...rounded(changed) } : hint;
    }),
  };
}

export function withoutHint(draft: Draft, index: number): Draft {
  return { ...draft, hints: draft.hints.filter((_, each) => each !== index) };
}

/** Another coloring is drawn at random; the first of seed 0 is the likeliest. */
export function withSeed(draft: Draft, seed: number): Draft {
  return { ...draft, seed, variant: 1 };
}

/** Whether more than hints is different. Only that changes what a job of several pictures gets. */
export function changesMore(draft: Draft, before: Draft): boolean {
  return (["vividness", "seed", "variant"] as const).some((option) => draft[option] !== before[option]);
}

export function changesHints({ hints }: Draft, before: Draft): boolean {
  const isSame = ({ x, y, color }: Hint, other: Hint | undefined) => x === other?.x && y === other.y && color === other.color;
  return hints.length !== before.hints.length || !hints.every((hint, index) => isSame(hint, before.hints[index]));
}

/** The options of a job that colors like this. Hints are of one picture: no job of several takes them. */
export function optionsOf({ options }: Job, { variant, hints, ...rest }: Draft, isForOne: boolean) {
  const { model, format, quality } = options;
  return { model, format, quality, ...rest, variants: variant > 1 ? options.variants : 1, hints: isForOne ? hints : [] };
}

function rounded({ x, y }: Point): Point {
  return { x: Number(clamp(x, 0, 1).toFixed(4)), y: Number(clamp(y, 0, 1).toFixed(4)) };
}
