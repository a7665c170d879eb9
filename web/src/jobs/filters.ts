// What of a job is shown, as the address says it: `?show=failed`.
import { t } from "@lingui/core/macro";

import type { Filter, ItemState } from "../api/items";
import { isEnded, type Job } from "../api/jobs";
import type { Verdict } from "../api/verdicts";
import { VERDICTS, verdictName } from "../review/verdicts";

export type Shown = "all" | ItemState | Verdict;

const STATES = ["succeeded", "failed", "pending", "skipped", "canceled", "expired"] as const satisfies readonly ItemState[];

export function shownOf(value: string | null): Shown {
  return [...STATES, ...VERDICTS].find((shown) => shown === value) ?? "all";
}

export function filterOf(shown: Shown): Filter | null {
  if (shown === "all") return null;
  const verdict = VERDICTS.find((each) => each === shown);
  return verdict ? { verdict } : { state: shown as ItemState };
}

export function shownName(shown: Shown): string {
  switch (shown) {
    case "all":
      return t`All`;
    case "succeeded":
      return t`Done`;
    case "failed":
      return t`Failed`;
    case "pending":
      return t`To go`;
    case "skipped":
      return t`Skipped`;
    case "canceled":
      return t`Canceled`;
    case "expired":
      return t`Too late`;
    case "accepted":
    case "rejected":
    case "flagged":
      return verdictName(shown);
  }
}

export function countOf({ items, counts, verdicts }: Job, shown: Shown): number {
  const sums: Record<Shown, number> = { all: items ?? 0, ...counts, ...verdicts };
  return sums[shown];
}

/** While the job runs, those whose counts grow are there from the beginning: others would be moved by them. */
export function choicesOf(job: Job, current: Shown): Shown[] {
  const growing: readonly Shown[] = isEnded(job) ? ["all"] : ["all", "succeeded", "failed", "pending"];
  return (["all", ...STATES, ...VERDICTS] as const).filter(
    (shown) => growing.includes(shown) || shown === current || countOf(job, shown) > 0,
  );
}
