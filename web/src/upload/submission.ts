// One upload on its way to a job: sent, paused, interrupted, continued. Views watch it by `subscribe` and `snapshot`.
import { Refused } from "../api/problems";
import type { Schema } from "../api/client";
import type { Plan } from "./arrange";
import { Rate } from "./rate";
import { retrying } from "./retrying";
import type { Source } from "./sources";
import type { UploadRecord, UploadStore } from "./store";
import { type Connection, find, transfer, type Watch } from "./transfer";

export type Job = Schema<"Job">;
export type JobRequest = Pick<Schema<"JobRequest">, "source"> & Terms;
/** What the job gets besides its source. */
export interface Terms {
  options?: Partial<Schema<"Options">>;
  labels?: string[];
}
export type Submit = (request: JobRequest, idempotencyKey: string, signal: AbortSignal) => Promise<Job>;

/** `elsewhere`: another tab has it. `interrupted`: its files must be opened again. */
export type Phase =
  | "elsewhere"
  | "interrupted"
  | "waiting"
  | "sending"
  | "paused"
  | "submitting"
  | "done"
  | "failed"
  | "canceled";

export interface Progress {
  readonly phase: Phase;
  readonly sent: number;
  readonly total: number;
  /** Bytes per second. */
  readonly rate: number | null;
  /** Why it does not advance at the moment, although it is tried again and again. */
  readonly trouble: unknown;
  readonly job: Job | null;
  readonly error: unknown;
}

export interface Surroundings {
  connection: Connection;
  submit: Submit;
  store: UploadStore;
}

const ACTIVE: readonly Phase[] = ["waiting", "sending", "submitting"];

export class Submission {
  private progress: Progress;
  private readonly listeners = new Set<() => void>();
  private readonly rate = new Rate();
  private source: Source | null = null;
  private stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private record: UploadRecord,
    private readonly around: Surroundings,
    phase: Phase,
  ) {
    this.progress = { phase, sent: 0, total: record.bytes, rate: null, trouble: null, job: null, error: null };
  }

  get id(): string {
    return this.record.id;
  }

  get kept(): UploadRecord {
    return this.record;
  }

  get hasSource(): boolean {
    return this.source !== null;
  }

  get isActive(): boolean {
    return ACTIVE.includes(this.progress.phase);
  }

  readonly snapshot = (): Progress => this.progress;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** False if these are other files than those that the upload was begun with. */
  supply(plan: Plan): boolean {
    if (plan.manifest !== this.record.manifest || plan.source.bytes !== this.record.bytes) return false;
    this.source = plan.source;
    return true;
  }

  /** Another tab had it until now: what is kept of it is newer than what this tab knows. */
  async takeOver(record: UploadRecord): Promise<void> {
    this.record = record;
    this.show({ phase: record.isPaused ? "paused" : "interrupted", sent: await this.keptBytes() });
  }

  /** Whether nothing is left but to submit the job, for which no files are needed. */
  async isUp(): Promise<boolean> {
    if (!this.record.upload) return false;
    const upload = await find(this.record.upload, this.around.connection.api, this.watch(this.stop.signal));
    return upload !== null && upload.state !== "open";
  }

  /** Its turn comes. */
  async wait(): Promise<void> {
    this.stop = new AbortController();
    this.show({ phase: "waiting", error: null, trouble: null });
    await this.keep({ isPaused: false });
  }

  /** What has arrived is not sent again. Ends when the job is accepted, or this was stopped or has failed. */
  run(): Promise<void> {
    if (this.progress.phase === "waiting") this.running = this.attempt(this.stop.signal);
    return this.running;
  }

  async pause(): Promise<void> {
    this.halt("paused");
    await this.keep({ isPaused: true });
  }

  /** Gives up and removes what has arrived; as far as the gateway can be reached, which removes the rest after a day. */
  async cancel(): Promise<void> {
    this.halt("canceled");
    await this.running;
    const { id, upload } = this.record;
    await this.around.store.remove(id);
    if (upload) await this.around.connection.api.remove(upload).catch(() => undefined);
  }

  show(change: Partial<Progress>): void {
    this.progress = { ...this.progress, ...change };
    for (const listener of this.listeners) listener();
  }

  private halt(phase: Phase): void {
    this.show({ phase, rate: null, trouble: null, error: null });
    this.stop.abort();
    this.rate.forget();
  }

  private async attempt(signal: AbortSignal): Promise<void> {
    try {
      this.show({ phase: "sending" });
      const upload = await this.send(signal);
      this.show({ phase: "submitting", sent: this.record.bytes, rate: null });
      const request: JobRequest = { source: { type: "upload", upload }, ...this.record.terms };
      const job = await retrying(() => this.around.submit(request, this.id, signal), this.watch(signal));
      await this.around.store.remove(this.id);
      this.show({ phase: "done", job, trouble: null });
    } catch (error) {
      if (signal.aborted) return;
      // Parts that the gateway refuses must not be named to it again.
      if (error instanceof Refused && error.code === "invalid_parts") await this.forget();
      this.show({ phase: "failed", error, rate: null, trouble: null });
      this.stop.abort();
    }
  }

  private async send(signal: AbortSignal): Promise<string> {
    const sent = { upload: this.record.upload, parts: await this.around.store.parts(this.id) };
    return transfer(this.source ?? alreadyUp(this.record), sent, this.around.connection, this.watch(signal));
  }

  private watch(signal: AbortSignal): Watch {
    return {
      signal,
      onSent: (bytes) => {
        if (signal.aborted) return;
        this.rate.note(bytes);
        const isMoving = bytes > this.progress.sent;
        this.show({ sent: bytes, rate: this.rate.perSecond(), ...(isMoving ? { trouble: null } : {}) });
      },
      onBegun: async ({ id, part_bytes }) => {
        await this.around.store.removeParts(this.id);
        await this.keep({ upload: id, partBytes: part_bytes });
      },
      onPart: async (number, etag) => {
        await this.around.store.addPart(this.id, number, etag);
      },
      onTrouble: (trouble) => {
        if (signal.aborted) return;
        this.rate.forget();
        this.show({ trouble, rate: null });
      },
    };
  }

  private async keptBytes(): Promise<number> {
    if (!this.record.upload) return 0;
    const parts = await this.around.store.parts(this.id);
    return Math.min(parts.size * this.record.partBytes, this.record.bytes);
  }

  private async forget(): Promise<void> {
    await this.around.store.removeParts(this.id);
    await this.keep({ upload: null });
  }

  private async keep(change: Partial<UploadRecord>): Promise<void> {
    this.record = { ...this.record, ...change };
    if (this.progress.phase !== "canceled" && this.progress.phase !== "done") await this.around.store.put(this.record);
  }
}

function alreadyUp({ name, bytes }: UploadRecord): Source {
  const read = () => Promise.reject(new Error(`The files of ${name} were not chosen again.`));
  return { name, bytes, read, check: read };
}
