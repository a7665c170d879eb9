// What somebody tries with a picture outlives the turn to another one, and a reload; not the tab.
import type { Draft } from "./draft";

/** Also where storage is blocked. */
const kept = new Map<string, string>();

export function keptDraft(place: string): Draft | null {
  const text = stored(place) ?? kept.get(place);
  return text === undefined ? null : (JSON.parse(text) as Draft);
}

/** Null forgets it. */
export function keepDraft(place: string, draft: Draft | null): void {
  const text = draft && JSON.stringify(draft);
  if (text === null) kept.delete(place);
  else kept.set(place, text);
  try {
    if (text === null) sessionStorage.removeItem(keyOf(place));
    else sessionStorage.setItem(keyOf(place), text);
  } catch {
    // Blocked or full: `kept` has it, as long as the page is not reloaded.
  }
}

function stored(place: string): string | undefined {
  try {
    return sessionStorage.getItem(keyOf(place)) ?? undefined;
  } catch {
    return undefined;
  }
}

const keyOf = (place: string) => `photochrom.draft.${place}`;
