import { expect, test } from "vitest";

import { arrange } from "./arrange";
import { picked } from "./testing";

const MANY = 70_000;
const STEP_MS = 100;

/** The longest that the thread worked without giving others their turn, in its own time: other processes do not count. */
async function longestStep(work: () => Promise<unknown>): Promise<number> {
  let [isOver, longest, before] = [false, 0, process.cpuUsage()];
  const measure = () => {
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1000);
    before = process.cpuUsage();
    if (!isOver) setImmediate(measure);
  };
  setImmediate(measure);
  await work();
  isOver = true;
  await new Promise(setImmediate);
  return longest;
}

test("70,000 files are arranged in short steps", { timeout: 60_000 }, async () => {
  const files = Array.from({ length: MANY }, (_, index) => picked(`Album/${index % 70}/${(index * 7919) % MANY}.jpg`, "x"));

  const longest = await longestStep(async () => {
    const { plans } = await arrange(files);
    expect(plans[0]?.files.length).toBe(MANY);
  });

  expect(longest).toBeLessThan(STEP_MS);
});
