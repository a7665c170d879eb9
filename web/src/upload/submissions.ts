// All submissions of this tab. They live outside the views: leaving the page's first view stops nothing.
import { uploadsApi } from "../api/uploads";
import { submitJob } from "../api/submit";
import { sendPart } from "./parts";
import type { Plan } from "./sources";
import { Submission, type Terms } from "./submission";

const connection = { api: uploadsApi, send: sendPart };

let all: readonly Submission[] = [];
const listeners = new Set<() => void>();

function set(submissions: readonly Submission[]): void {
  all = submissions;
  for (const listener of listeners) listener();
}

export function submissions(): readonly Submission[] {
  return all;
}

export function onSubmissionsChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Sends the plans one after the other. */
export function startSubmissions(plans: readonly Plan[], terms: Terms): Submission[] {
  const added = plans.map((plan) => new Submission(plan, terms, connection, submitJob));
  set([...added, ...all]);
  void runInTurn(added);
  return added;
}

export function dismiss(submission: Submission): void {
  set(all.filter((each) => each !== submission));
}

async function runInTurn(added: readonly Submission[]): Promise<void> {
  for (const submission of added) {
    if (submission.snapshot().phase === "sending") await submission.run();
  }
}

function isUnfinished(submission: Submission): boolean {
  return ["sending", "submitting"].includes(submission.snapshot().phase);
}

/** The browser asks before it closes a tab that is still sending. */
export function warnBeforeLeaving(): void {
  window.addEventListener("beforeunload", (event) => {
    if (all.some(isUnfinished)) event.preventDefault();
  });
}
