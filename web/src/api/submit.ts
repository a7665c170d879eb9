import { answerOf, client, type Schema } from "./client";

type Request = Pick<Schema<"JobRequest">, "source"> & { options?: Partial<Schema<"Options">>; labels?: string[] };

/** Submits what is in storage already. The same key gives the same job, so it can be repeated. */
export function submitJob(request: Request, idempotencyKey: string, signal?: AbortSignal): Promise<Schema<"Job">> {
  return answerOf(
    client.POST("/v1/jobs", {
      params: { header: { "Idempotency-Key": idempotencyKey } },
      // The generated type requires every option, because each has a default.
      body: request as Schema<"JobRequest">,
      signal: signal ?? null,
    }),
  ) as Promise<Schema<"Job">>;
}

/** For what is submitted anew. Without `crypto.randomUUID`, which browsers have only where a page came by HTTPS. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
