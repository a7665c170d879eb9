// Long work in short slices: between them the tab answers, however many files were chosen.
const SLICE_MS = 12;
const BLOCK = 512;

/** Lets the browser handle input and paint. A message, because timers of tabs in the background are slowed down. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

// Of all work: what goes on at the same time shares the thread.
let end = 0;
let breath: Promise<void> | null = null;

/** To be awaited between steps of a millisecond at most.
 *
 * Waiting for the browser is no rest: while the page asks it for something else, answers pile up, and Chromium then hands
 * out all of them, and those to what they lead to, in one go.
 */
export async function rest(): Promise<void> {
  if (performance.now() >= end) await (breath ??= nextSlice());
}

async function nextSlice(): Promise<void> {
  await breathe();
  end = performance.now() + SLICE_MS;
  breath = null;
}

export async function eachInSlices<T>(items: Iterable<T>, act: (item: T) => void): Promise<void> {
  for (const item of items) {
    act(item);
    await rest();
  }
}

/** Stable, as `toSorted` is. */
export async function sortedInSlices<T>(items: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += BLOCK) {
    runs.push(items.slice(start, start + BLOCK).sort(compare));
    await rest();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(await mergedInSlices(runs[index] ?? [], runs[index + 1] ?? [], compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergedInSlices<T>(left: T[], right: T[], compare: (a: T, b: T) => number): Promise<T[]> {
  const merged: T[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    const [a, b] = [left[l] as T, right[r] as T];
    const isRight = compare(b, a) < 0;
    merged.push(isRight ? b : a);
    if (isRight) r++;
    else l++;
    if (merged.length % BLOCK === 0) await rest();
  }
  return [...merged, ...left.slice(l), ...right.slice(r)];
}

/** Acts on all, several at once, in slices. The first failure is thrown after those underway have ended. */
export async function eachAtOnce<T>(
  items: Iterable<T> | AsyncIterable<T>,
  most: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const queue = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isStopped = false;
  const next = async () => {
    try {
      for (let entry = await queue.next(); entry.done !== true && !isStopped; entry = await queue.next()) {
        await act(entry.value);
        await rest();
      }
    } catch (error) {
      isStopped = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: most }, next));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
