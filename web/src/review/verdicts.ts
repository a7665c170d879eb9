// What people can decide about a result: its words, its keys, its icons.
import { t } from "@lingui/core/macro";

import type { Item } from "../api/items";
import type { Job } from "../api/jobs";
import type { Verdict } from "../api/verdicts";

export const VERDICTS = ["accepted", "rejected", "flagged"] as const satisfies readonly Verdict[];

export const VERDICT_ICONS = { accepted: "check", rejected: "close", flagged: "flag" } as const;

/** By `KeyboardEvent.key`, in every view. */
export const VERDICT_KEYS: Readonly<Record<string, Verdict>> = { a: "accepted", r: "rejected", f: "flagged" };

export function verdictName(verdict: Verdict): string {
  switch (verdict) {
    case "accepted":
      return t`Accepted`;
    case "rejected":
      return t`Rejected`;
    case "flagged":
      return t`Flagged`;
  }
}

/** As on a button. */
export function verdictAction(verdict: Verdict): string {
  switch (verdict) {
    case "accepted":
      return t`Accept`;
    case "rejected":
      return t`Reject`;
    case "flagged":
      return t`Flag`;
  }
}

/** Only a result can be judged. */
export function canJudge(item: Item | undefined): item is Item {
  return item?.state === "succeeded";
}

/** How many results nobody has judged. */
export function unjudged({ counts, verdicts }: Job): number {
  return Math.max(0, counts.succeeded - verdicts.accepted - verdicts.rejected - verdicts.flagged);
}

/** Where the zip of what was accepted is. Null: there is none, or not yet. */
export function acceptedZip({ links: { results }, verdicts }: Job): string | null {
  return results && verdicts.accepted > 0 ? `${results}?verdict=accepted` : null;
}
