// Why a request failed, and what to tell people about it.
import { t } from "@lingui/core/macro";

import type { components } from "./schema";

type Problem = components["schemas"]["Problem"];

/** The gateway answered, with a problem (RFC 9457) unless it was a proxy's answer. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, problem: Problem | null) {
    super(problem?.detail ?? `HTTP ${status}`);
    this.name = "Refused";
    this.status = status;
    this.code = problem?.code ?? "";
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor(options?: ErrorOptions) {
    super("The gateway cannot be reached.", options);
    this.name = "Unreachable";
  }
}

export function isUnreachable(error: unknown): error is Unreachable {
  return error instanceof Unreachable;
}

export function needsSignIn(error: unknown): boolean {
  return error instanceof Refused && error.status === 401;
}

export function isMissing(error: unknown): boolean {
  return error instanceof Refused && (error.status === 404 || error.code === "job_deleted");
}

const HOPELESS = [400, 413, 415, 422];

/** Whether the same bytes will always be refused. */
export function isHopeless(error: unknown): boolean {
  return error instanceof Refused && HOPELESS.includes(error.status) && error.code !== "invalid_parts";
}

/** Whether the same request may succeed later. */
export function isTransient(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof Refused && (error.status >= 500 || error.status === 429));
}

export function sentenceOf(error: unknown): string {
  if (isUnreachable(error)) return t`Check the connection. What was accepted goes on meanwhile; nothing is lost.`;
  if (error instanceof Refused) {
    if (error.status === 401) return t`Sign in with an API key first.`;
    if (error.code === "stopped_early") return t`This job ended before all of its pictures were tried. Colorize the rest instead.`;
    if (error.code === "nothing_to_retry") return t`Nothing to retry: only pictures that failed can be retried.`;
    if (error.status === 503) return t`The service is not ready at the moment. Nothing is lost; try again soon.`;
    return error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
