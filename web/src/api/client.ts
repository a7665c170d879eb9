// The one place that sends requests to `/v1`, except for the bytes of uploads (src/upload/parts.ts).
import createClient from "openapi-fetch";

import { Refused, Unreachable } from "./problems";
import type { components, paths } from "./schema";

export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export const client = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

interface Answer<T> {
  data?: T;
  error?: Schema<"Problem">;
  response: Response;
}

/** What the gateway answered. Throws Refused, Unreachable. */
export async function answerOf<T>(request: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await request.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Unreachable({ cause });
  });
  if (!response.ok) throw new Refused(response.status, isProblem(error) ? error : null);
  return data as T;
}

/** A proxy in front of the gateway has pages of its own. */
function isProblem(error: unknown): error is Schema<"Problem"> {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error;
}
