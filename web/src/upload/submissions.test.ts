import "fake-indexeddb/auto";

import { beforeEach, expect, test, vi } from "vitest";

import { arrange, type Plan } from "./arrange";
import type * as Submissions from "./submissions";
import type { SendPart } from "./parts";
import type { Picked } from "./sources";
import { Gateway, picked } from "./testing";

const border = vi.hoisted(() => ({ gateway: null as Gateway | null }));
const gatewayOf = (): Gateway => border.gateway ?? new Gateway();
vi.mock("../api/uploads", () => ({
  get uploadsApi() {
    return gatewayOf().api;
  },
}));
vi.mock("../api/submit", () => ({ submitJob: (...args: Parameters<Gateway["submit"]>) => gatewayOf().submit(...args) }));
vi.mock("./parts", () => ({ sendPart: (...args: Parameters<Gateway["send"]>) => gatewayOf().send(...args) }));

/** Web Locks, which Node does not have. Closing a tab releases its locks. */
class Locks {
  private readonly held = new Map<string, Promise<void>>();

  async request(name: string, { ifAvailable }: LockOptions, act: (lock: object | null) => Promise<void> | undefined) {
    if (ifAvailable && this.held.has(name)) return act(null);
    while (this.held.has(name)) await this.held.get(name);
    const done = act({}) ?? Promise.resolve();
    this.held.set(name, done);
    await done;
    this.held.delete(name);
    return undefined;
  }
}

type Tab = typeof Submissions;

/** A tab has modules of its own, and shares the database and the locks. */
async function openTab(): Promise<Tab> {
  vi.resetModules();
  return import("./submissions");
}

beforeEach(() => {
  border.gateway = new Gateway();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("navigator", { locks: new Locks() });
});

async function plansOf(...files: Picked[]): Promise<readonly Plan[]> {
  return (await arrange(files)).plans;
}

const phasesOf = (tab: Tab) => tab.submissions().map(({ snapshot }) => snapshot().phase);
const SCAN = picked("a.jpg", "0123456789abcdef");

/** Parts from the third on do not arrive, until `send` is again what this returns. */
function stuck(): SendPart {
  const gateway = gatewayOf();
  const { send } = gateway;
  gateway.send = (url, body, options) => Number(url.split("/").at(-1)) > 2 ? untilAborted(options.signal) : send(url, body, options);
  return send;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => { reject(new DOMException("", "AbortError")); });
  });
}

test("uploads are sent one after the other", async () => {
  const tab = await openTab();
  const { submit } = gatewayOf();
  const sentBefore: number[] = [];
  vi.spyOn(gatewayOf(), "submit").mockImplementation((...args) => {
    sentBefore.push(gatewayOf().puts.length);
    return submit(...args);
  });

  await tab.startSubmissions(await plansOf(picked("1.zip"), picked("2.zip"), picked("3.zip")), {});

  await vi.waitFor(() => { expect(phasesOf(tab)).toEqual(["done", "done", "done"]); });
  expect(sentBefore).toEqual([1, 2, 3]);
  expect(gatewayOf().puts).toEqual(["/upl_1/1", "/upl_2/1", "/upl_3/1"]);
  expect(new Set(gatewayOf().keys).size).toBe(3);
});

test("while one tab has an upload, another one shows that, and takes over when it is gone", async () => {
  stuck();
  const first = await openTab();
  await first.startSubmissions(await plansOf(SCAN), { labels: ["1931"] });
  await vi.waitFor(() => { expect(gatewayOf().received.size).toBe(2); });

  const second = await openTab();
  void second.restoreSubmissions();
  await vi.waitFor(() => { expect(phasesOf(second)).toEqual(["elsewhere"]); });

  vi.stubGlobal("navigator", { locks: new Locks() }); // The first tab has crashed.
  const third = await openTab();
  await third.restoreSubmissions();
  expect(third.submissions()[0]?.snapshot()).toMatchObject({ phase: "interrupted", sent: 8 });
});

test("choosing the same files again continues the interrupted upload instead of beginning another", async () => {
  const flowing = stuck();
  const first = await openTab();
  await first.startSubmissions(await plansOf(SCAN), { labels: ["1931"] });
  await vi.waitFor(() => { expect(gatewayOf().received.size).toBe(2); });
  vi.stubGlobal("navigator", { locks: new Locks() });
  gatewayOf().send = flowing;
  const second = await openTab();
  await second.restoreSubmissions();

  await second.startSubmissions(await plansOf(SCAN), { labels: ["other"] });

  await vi.waitFor(() => { expect(phasesOf(second)).toEqual(["done"]); });
  expect(gatewayOf().requests).toEqual([{ source: { type: "upload", upload: "upl_1" }, labels: ["1931"] }]);
});

test("an upload that was paused stays so after a reload", async () => {
  stuck();
  const first = await openTab();
  const [submission] = await first.startSubmissions(await plansOf(SCAN), {});
  await vi.waitFor(() => { expect(gatewayOf().received.size).toBe(2); });
  await submission?.pause();
  vi.stubGlobal("navigator", { locks: new Locks() });

  const second = await openTab();
  await second.restoreSubmissions();

  expect(phasesOf(second)).toEqual(["paused"]);
  const [paused] = second.submissions();
  if (paused) await second.resume(paused);
  expect(phasesOf(second)).toEqual(["interrupted"]);
});

test("a discarded upload is removed here and at the gateway", async () => {
  stuck();
  const tab = await openTab();
  const [submission] = await tab.startSubmissions(await plansOf(SCAN), {});
  await vi.waitFor(() => { expect(gatewayOf().received.size).toBe(2); });

  if (submission) await tab.cancel(submission);

  expect(tab.submissions()).toEqual([]);
  expect(gatewayOf().removed).toEqual(["upl_1"]);
  const second = await openTab();
  await second.restoreSubmissions();
  expect(second.submissions()).toEqual([]);
});

test("whoever signs in lets what was refused go on", async () => {
  const tab = await openTab();
  const { begin } = gatewayOf().api;
  const { Refused } = await import("../api/problems");
  gatewayOf().api.begin = () => Promise.reject(new Refused(401, null));
  await tab.startSubmissions(await plansOf(SCAN), {});
  await vi.waitFor(() => { expect(phasesOf(tab)).toEqual(["failed"]); });

  gatewayOf().api.begin = begin;
  tab.resumeRefused();

  await vi.waitFor(() => { expect(phasesOf(tab)).toEqual(["done"]); });
});
