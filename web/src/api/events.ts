// A job as it changes: the gateway's snapshots are written into the query cache, from which every view reads. While there
// are none - no connection, too many tabs, a proxy that refuses them - `useJob` polls instead.
import type { QueryClient } from "@tanstack/react-query";

import type { Schema } from "./client";

/** After the browser has given up. Before that it reconnects by itself, with `Last-Event-ID`. */
const REOPEN_MS = 15_000;

export const jobKey = (id: string) => ["job", id];
export const latestKey = (id: string) => ["latest", id];

const streams = new Map<string, Stream>();

/** Whether snapshots of the job arrive at present. */
export function isStreamed(id: string): boolean {
  return streams.get(id)?.isLive ?? false;
}

/** Streams the job into the cache until the answer is called. Several followers share one connection: browsers allow six
 *  in all to a gateway without HTTP/2. */
export function follow(queries: QueryClient, id: string): () => void {
  const stream = streams.get(id) ?? new Stream(queries, id);
  streams.set(id, stream);
  stream.followers += 1;
  return () => {
    stream.followers -= 1;
    if (stream.followers > 0) return;
    streams.delete(id);
    stream.stop();
  };
}

class Stream {
  followers = 0;
  isLive = false;
  private source: EventSource | null = null;
  private reopening: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly queries: QueryClient,
    private readonly id: string,
  ) {
    document.addEventListener("visibilitychange", this.onVisibility);
    this.onVisibility();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.close();
  }

  /** A tab that nobody sees leaves its connection to others. */
  private readonly onVisibility = (): void => {
    if (document.hidden) this.close();
    else this.open();
  };

  private open(): void {
    this.close();
    const source = new EventSource(`/v1/jobs/${this.id}/events`);
    this.source = source;
    source.addEventListener("snapshot", ({ data }: MessageEvent<string>) => {
      this.isLive = true;
      this.take(JSON.parse(data) as Schema<"JobSnapshot">);
    });
    // Else the browser would connect again.
    source.addEventListener("end", () => {
      this.close();
    });
    source.addEventListener("error", () => {
      this.isLive = false;
      // Its answer says whether the job is still there, and whether somebody has to sign in; then polling goes on.
      void this.queries.invalidateQueries({ queryKey: jobKey(this.id) });
      if (source.readyState !== EventSource.CLOSED) return;
      this.reopening = setTimeout(this.onVisibility, REOPEN_MS);
    });
  }

  private close(): void {
    clearTimeout(this.reopening);
    this.source?.close();
    this.source = null;
    this.isLive = false;
  }

  private take({ job, latest }: Schema<"JobSnapshot">): void {
    this.queries.setQueryData(latestKey(this.id), latest);
    this.queries.setQueryData<Schema<"Job">>(jobKey(this.id), (known) => newerOf(known, job));
  }
}

/** A poll's answer may have overtaken a snapshot, and the other way round. */
export function newerOf(known: Schema<"Job"> | undefined, job: Schema<"Job">): Schema<"Job"> {
  return known && known.version > job.version ? known : job;
}
