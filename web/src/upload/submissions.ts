// All uploads of this tab, and those that another one left behind. They live outside the views: leaving the page's first
// view stops nothing. One is sent at a time.
import { needsSignIn } from "../api/problems";
import { submitJob } from "../api/submit";
import { uploadsApi } from "../api/uploads";
import { requireSignIn } from "../app/signIn";
import { reopen, supplyAgain } from "./again";
import type { Plan } from "./arrange";
import { hold, holdNow, type Release } from "./locks";
import { sendPart } from "./parts";
import type { Picked, Root } from "./sources";
import { openStore, type UploadRecord, type UploadStore } from "./store";
import { Submission, type Surroundings, type Terms } from "./submission";

/** Browsers take long to keep more. */
const MOST_ROOTS = 1000;

let all: readonly Submission[] = [];
const listeners = new Set<() => void>();
let opened: Promise<UploadStore> | null = null;
let turn: Promise<void> = Promise.resolve();

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

/** A plan with the files of an interrupted upload continues that one. */
export async function startSubmissions(plans: readonly Plan[], terms: Terms): Promise<Submission[]> {
  const started: Submission[] = [];
  for (const plan of plans) started.push(interruptedOf(plan) ?? (await begin(plan, terms)));
  for (const submission of started) void enqueue(submission);
  return started;
}

/** What was underway when the tab was closed, or crashed. It goes on by itself where the browser lets it. */
export async function restoreSubmissions(): Promise<void> {
  const around = await surroundings();
  const records = await around.store.all();
  await Promise.all(records.sort((a, b) => b.createdAt - a.createdAt).map((record) => restore(record, around)));
}

/** After a pause, a failure or an interruption. Called by a click, so the browser may be made to ask. */
export async function resume(submission: Submission): Promise<void> {
  const isReady = submission.hasSource || (await isReopened(submission, true)) || (await submission.isUp());
  if (isReady) await enqueue(submission);
  else submission.show({ phase: "interrupted" });
}

export async function resumeWith(submission: Submission, files: readonly Picked[]): Promise<void> {
  try {
    await supplyAgain(submission, files);
  } catch (error) {
    submission.show({ error });
    return;
  }
  await enqueue(submission);
}

/** Somebody has signed in: what was refused for that reason goes on. */
export function resumeRefused(): void {
  for (const submission of all) if (needsSignIn(submission.snapshot().error)) void resume(submission);
}

export async function cancel(submission: Submission): Promise<void> {
  await submission.cancel();
  dismiss(submission);
}

export function dismiss(submission: Submission): void {
  set(all.filter((each) => each !== submission));
}

/** The browser asks before it closes a tab that is still sending. */
export function warnBeforeLeaving(): void {
  window.addEventListener("beforeunload", (event) => {
    if (all.some(({ isActive }) => isActive)) event.preventDefault();
  });
}

async function surroundings(): Promise<Surroundings> {
  opened ??= openStore();
  return { connection: { api: uploadsApi, send: sendPart }, submit: submitJob, store: await opened };
}

function interruptedOf(plan: Plan): Submission | undefined {
  return all.find((submission) => submission.snapshot().phase === "interrupted" && submission.supply(plan));
}

async function begin(plan: Plan, terms: Terms): Promise<Submission> {
  const around = await surroundings();
  const record = recordOf(plan, terms);
  const release = await hold(record.id);
  await around.store.put(record);
  const submission = new Submission(record, around, "waiting");
  submission.supply(plan);
  set([submission, ...all]);
  releaseAtEnd(submission, release);
  return submission;
}

function recordOf({ source, files, manifest }: Plan, terms: Terms): UploadRecord {
  const roots = new Set<Root | null>();
  for (const { root } of files) roots.add(root);
  const kept = roots.has(null) || roots.size > MOST_ROOTS ? [] : [...roots].filter((root) => root !== null);
  const { name, bytes } = source;
  const [count, createdAt] = [files.length, Date.now()];
  return {
    id: newId(), name, bytes, count, manifest, terms, createdAt, roots: kept, isPaused: false, upload: null, partBytes: 0,
  };
}

/** Not crypto.randomUUID, which pages without TLS do not have. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function restore(record: UploadRecord, around: Surroundings): Promise<void> {
  const submission = new Submission(record, around, "elsewhere");
  const now = await holdNow(record.id);
  set([...all, submission]);
  const release = now ?? (await hold(record.id));
  const newest = await around.store.get(record.id);
  if (!newest) {
    dismiss(submission); // The other tab has sent it, or given it up.
    release();
    return;
  }
  await submission.takeOver(newest);
  releaseAtEnd(submission, release);
  if (newest.isPaused) return;
  if ((await submission.isUp()) || (await isReopened(submission, false))) await enqueue(submission);
}

/** `ask` shows the browser's question. What is wrong with the files is shown with the upload. */
async function isReopened(submission: Submission, ask: boolean): Promise<boolean> {
  try {
    return await reopen(submission, ask);
  } catch (error) {
    submission.show({ error });
    return false;
  }
}

async function enqueue(submission: Submission): Promise<void> {
  await submission.wait();
  turn = turn.then(async () => {
    await submission.run();
    if (needsSignIn(submission.snapshot().error)) requireSignIn();
  });
}

function releaseAtEnd(submission: Submission, release: Release): void {
  const stop = submission.subscribe(() => {
    if (!["done", "canceled"].includes(submission.snapshot().phase)) return;
    stop();
    release();
  });
}
