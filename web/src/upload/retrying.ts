import { isTransient, isUnreachable, Refused } from "../api/problems";

export const TRIES = 8;
const FIRST_SECONDS = 0.5;
const LONGEST_SECONDS = 20;

export interface Patience {
  signal: AbortSignal;
  /** Why it did not work this time. It will be tried again. */
  onTrouble?: (error: unknown) => void;
  wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/** A signed URL expires while a slow part is being sent, and storage then refuses it. */
function mayPass(error: unknown): boolean {
  return isTransient(error) || (error instanceof Refused && (error.status === 403 || error.status === 408));
}

/** Repeats `act` while it fails for reasons that pass. Each try gets its number, from 0.
 *
 * A lost connection is waited for as long as it takes; a refusal counts.
 */
export async function retrying<T>(
  act: (attempt: number) => Promise<T>,
  { signal, onTrouble, wait = pause }: Patience,
): Promise<T> {
  let refusals = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      signal.throwIfAborted();
      return await act(attempt);
    } catch (error) {
      if (!isUnreachable(error)) refusals++;
      if (signal.aborted || refusals >= TRIES || !mayPass(error)) throw error;
      onTrouble?.(error);
      await wait(Math.min(FIRST_SECONDS * 2 ** attempt, LONGEST_SECONDS), signal);
    }
  }
}

/** Ends early when the browser is online again. Rejects with AbortError when the signal aborts. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const timer = setTimeout(end, seconds * 1000);
    function end() {
      clearTimeout(timer);
      over.abort();
      if (signal.aborted) reject(new DOMException("The upload was stopped.", "AbortError"));
      else resolve();
    }
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { signal: over.signal });
    if (typeof window !== "undefined") window.addEventListener("online", end, { signal: over.signal });
  });
}
