// How a job is described in a word, and its counts in a sentence.
import { plural, t } from "@lingui/core/macro";

import { isEnded, type Job, type JobState } from "../api/jobs";

export type StateTone = "live" | "good" | "mixed" | "bad" | "rest";

const TONES: Record<JobState, StateTone> = {
  queued: "live",
  expanding: "live",
  running: "live",
  expiring: "live",
  canceling: "live",
  deleting: "live",
  succeeded: "good",
  partially_succeeded: "mixed",
  failed: "bad",
  expired: "bad",
  canceled: "rest",
  deleted: "rest",
};

export function stateTone(state: JobState): StateTone {
  return TONES[state];
}

export function stateName(state: JobState): string {
  switch (state) {
    case "queued":
      return t`Queued`;
    case "expanding":
      return t`Reading the archive`;
    case "running":
      return t`Running`;
    case "expiring":
      return t`Deadline passed, finishing`;
    case "canceling":
      return t`Canceling`;
    case "succeeded":
      return t`Done`;
    case "partially_succeeded":
      return t`Done, with failures`;
    case "failed":
      return t`Failed`;
    case "expired":
      return t`Deadline passed`;
    case "canceled":
      return t`Canceled`;
    case "deleting":
      return t`Deleting`;
    case "deleted":
      return t`Deleted`;
  }
}

/** "211 done, 6 failed, 33 to go": everything that is not zero, in this order. */
export function countsSentence({ counts, items }: Job, number: (value: number) => string): string {
  if (items === null) return t`not counted yet`;
  const show = (count: number, text: (shown: string) => string) => (count > 0 ? [text(number(count))] : []);
  const parts = [
    ...show(counts.succeeded, (shown) => t`${shown} done`),
    ...show(counts.failed, (shown) => t`${shown} failed`),
    ...show(counts.expired, (shown) => t`${shown} too late`),
    ...show(counts.canceled, (shown) => t`${shown} canceled`),
    ...show(counts.skipped, (shown) => t`${shown} skipped`),
    ...show(counts.pending, (shown) => t`${shown} to go`),
  ];
  return parts.length > 0 ? parts.join(", ") : t`no pictures`;
}

/** Whether its pictures are counted, or still will be. */
export function isCounted(job: Job): boolean {
  return job.items !== null || !isEnded(job);
}

/** Nothing in it was tried, or nothing is left to try: what there is to say, the job's error says. */
export function hasFailedAsWhole(job: Job): boolean {
  const { error, counts } = job;
  return error !== null && counts.failed === 0 && !hasUntried(job);
}

/** Whether it ended before all of its pictures were tried. Then only all of them together can be retried. */
export function hasUntried({ counts }: Job): boolean {
  return counts.canceled + counts.expired > 0;
}

/** What a job derived from another was told: "vividness 1.5, 2 hints". Empty: nothing, or it is none. */
export function differenceOf({ source, options }: Job, number: (value: number) => string): string {
  if (source.type !== "job") return "";
  const [vividness, hints, variants] = [number(options.vividness), options.hints.length, options.variants];
  return [
    t`vividness ${vividness}`,
    ...(hints > 0 ? [plural(hints, { one: "# hint", other: "# hints" })] : []),
    ...(variants > 1 ? [plural(variants, { one: "# coloring", other: "# colorings" })] : []),
  ].join(", ");
}

export function titleOf(job: Job): string {
  const { source } = job;
  switch (source.type) {
    case "upload":
      return source.filename ?? job.id;
    case "uploads": {
      const count = source.count;
      return t`${count} pictures`;
    }
    case "job": {
      const name = source.filename ?? source.job;
      return t`${name}, recolored`;
    }
    case "s3_prefix":
      return `s3://${source.bucket}/${source.prefix}`;
    case "manifest":
      return `s3://${source.bucket}/${source.key}`;
  }
}
