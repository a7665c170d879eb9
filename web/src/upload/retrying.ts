import { isTransient, Refused } from "../api/problems";

export const TRIES = 8;
const FIRST_SECONDS = 0.5;
const LONGEST_SECONDS = 20;

/** A signed URL expires while a slow part is being sent, and storage then refuses it. */
function mayPass(error: unknown): boolean {
  return isTransient(error) || (error instanceof Refused && (error.status === 403 || error.status === 408));
}

/** Repeats `act` while it fails for reasons that pass. Each try gets its number, from 0. */
export async function retrying<T>(
  act: (attempt: number) => Promise<T>,
  signal: AbortSignal,
  wait: (seconds: number, signal: AbortSignal) => Promise<void> = pause,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await act(attempt);
    } catch (error) {
      if (signal.aborted || attempt + 1 >= TRIES || !mayPass(error)) throw error;
      await wait(Math.min(FIRST_SECONDS * 2 ** attempt, LONGEST_SECONDS), signal);
    }
  }
}

/** Rejects with AbortError when the signal aborts. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("The upload was stopped.", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
