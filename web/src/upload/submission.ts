// A plan on its way: its sources are sent, then submitted as one job. Views watch it by `subscribe` and `snapshot`.
import { isTransient } from "../api/problems";
import type { Schema } from "../api/client";
import { retrying } from "./retrying";
import { bytesOf, type Plan, type Source } from "./sources";
import { type Connection, transfer } from "./transfer";

export type Job = Schema<"Job">;
export type JobRequest = Pick<Schema<"JobRequest">, "source"> & Terms;
/** What the job gets besides its source. */
export interface Terms {
  options?: Partial<Schema<"Options">>;
  labels?: string[];
}
export type Submit = (request: JobRequest, idempotencyKey: string, signal: AbortSignal) => Promise<Job>;

/** `sending` the bytes, `submitting` the job, then one of the ends. */
export type Phase = "sending" | "submitting" | "done" | "failed" | "canceled";

export interface Progress {
  readonly phase: Phase;
  readonly sent: number;
  readonly total: number;
  readonly filesSent: number;
  readonly job: Job | null;
  readonly error: unknown;
}

/** Small files are quick to send and slow to begin, so several are sent at once. */
const SOURCES_AT_ONCE = 2;

export class Submission {
  readonly id = crypto.randomUUID();
  private progress: Progress;
  private readonly listeners = new Set<() => void>();
  private readonly sentOf = new Map<Source, number>();
  private readonly uploads = new Map<Source, string>();
  private readonly begun = new Set<string>();
  private stop = new AbortController();

  constructor(
    readonly plan: Plan,
    private readonly terms: Terms,
    private readonly connection: Connection,
    private readonly submit: Submit,
  ) {
    const total = bytesOf(plan);
    this.progress = { phase: "sending", sent: 0, total, filesSent: 0, job: null, error: null };
  }

  readonly snapshot = (): Progress => this.progress;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Also after a failure: what has arrived is not sent again. Ends when the job is accepted, or this has failed. */
  async run(): Promise<void> {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.show({ phase: "sending", error: null });
    try {
      await this.sendAll(signal);
      this.show({ phase: "submitting" });
      const job = await retrying(() => this.submit(this.request(), this.id, signal), signal);
      this.show({ phase: "done", job });
    } catch (error) {
      if (this.progress.phase !== "canceled") this.show({ phase: "failed", error });
      this.stop.abort();
    }
  }

  /** Gives up and removes what has arrived. */
  async cancel(): Promise<void> {
    this.show({ phase: "canceled" });
    this.stop.abort();
    await Promise.allSettled([...this.begun].map((id) => this.connection.api.remove(id)));
  }

  private async sendAll(signal: AbortSignal): Promise<void> {
    const missing = this.plan.sources.filter((source) => !this.uploads.has(source)).values();
    const sendNext = async () => {
      for (const source of missing) this.uploads.set(source, await this.send(source, signal));
    };
    await Promise.all(Array.from({ length: SOURCES_AT_ONCE }, sendNext));
  }

  private async send(source: Source, signal: AbortSignal): Promise<string> {
    const upload = await transfer(source, this.connection, {
      signal,
      onBegun: (id) => this.begun.add(id),
      onSent: (bytes) => {
        this.sentOf.set(source, bytes);
        this.show({ sent: [...this.sentOf.values()].reduce((sum, each) => sum + each, 0) });
      },
    });
    this.show({ filesSent: this.progress.filesSent + 1 });
    return upload;
  }

  private request(): JobRequest {
    const uploads = this.plan.sources.map((source) => this.uploads.get(source) ?? "");
    const [only] = uploads;
    const isSingle = uploads.length === 1 && only !== undefined;
    return { source: isSingle ? { type: "upload", upload: only } : { type: "uploads", uploads }, ...this.terms };
  }

  private show(change: Partial<Progress>): void {
    this.progress = { ...this.progress, ...change };
    for (const listener of this.listeners) listener();
  }
}

export function canRetry(error: unknown): boolean {
  return isTransient(error);
}
