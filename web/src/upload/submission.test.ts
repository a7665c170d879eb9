import { expect, test, vi } from "vitest";

import { Refused, Unreachable } from "../api/problems";
import { arrange } from "./arrange";
import type { SendPart } from "./parts";
import { inMemory, type UploadRecord, type UploadStore } from "./store";
import { Submission } from "./submission";
import { Gateway, picked, problem } from "./testing";

interface Started {
  submission: Submission;
  store: UploadStore;
}

/** As after a choice of `texts`; with a store, as after a reload and the same choice again. */
async function submissionOf(gateway: Gateway, texts: string[], store = inMemory()): Promise<Started> {
  const files = texts.map((text, index) => picked(`${index}.jpg`, text));
  const [plan] = (await arrange(files)).plans;
  if (!plan) throw new Error("nothing to send");
  const [kept] = await store.all();
  const record: UploadRecord = kept ?? {
    id: "1", name: plan.source.name, bytes: plan.source.bytes, count: 1, manifest: plan.manifest, createdAt: 0,
    terms: { labels: ["1931"] }, roots: [], isPaused: false, upload: null, partBytes: 0,
  };
  await store.put(record);
  const connection = { api: gateway.api, send: ((...args) => gateway.send(...args)) as SendPart };
  const submission = new Submission(record, { connection, submit: gateway.submit, store }, "waiting");
  expect(submission.supply(plan)).toBe(true);
  return { submission, store };
}

async function run(submission: Submission): Promise<void> {
  await submission.wait();
  await submission.run();
}

/** Parts are not answered until the signal aborts. */
function hanging(gateway: Gateway): { gateway: Gateway; isSending: Promise<void> } {
  const started = new EventTarget();
  const isSending = new Promise<void>((resolve) => { started.addEventListener("started", () => { resolve(); }); });
  gateway.send = (_url, _body, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => { reject(new DOMException("", "AbortError")); });
      started.dispatchEvent(new Event("started"));
    });
  return { gateway, isSending };
}

test("a file is sent in parts over several pages of URLs, and becomes a job", async () => {
  const gateway = new Gateway();
  const { submission, store } = await submissionOf(gateway, ["0123456789abcdefghij!"]);

  await run(submission);

  expect(gateway.content("upl_1")).toBe("0123456789abcdefghij!");
  expect(gateway.requests).toEqual([{ source: { type: "upload", upload: "upl_1" }, labels: ["1931"] }]);
  expect(submission.snapshot()).toMatchObject({ phase: "done", sent: 21, total: 21, job: { id: "job_1" } });
  expect(await store.all()).toEqual([]);
});

test("several pictures become one job, in their order", async () => {
  const gateway = new Gateway();
  gateway.partBytes = 1024;

  await run((await submissionOf(gateway, ["first", "second", "third"])).submission);

  const tar = gateway.content("upl_1");
  expect(["first", "second", "third"].map((text) => tar.indexOf(text))).toEqual([512, 1536, 2560]);
  expect(gateway.requests.length).toBe(1);
});

test("a part that did not arrive is sent again, and nothing else", async () => {
  const gateway = new Gateway();
  const sent: string[] = [];
  let failures = 1;
  const send = gateway.send;
  gateway.send = (url, body, options) => {
    sent.push(url);
    if (url === "/upl_1/2" && failures-- > 0) return Promise.reject(new Unreachable());
    return send(url, body, options);
  };
  const { submission } = await submissionOf(gateway, ["0123456789"]);

  await run(submission);

  expect(sent.sort()).toEqual(["/upl_1/1", "/upl_1/2", "/upl_1/2", "/upl_1/3"]);
  expect(submission.snapshot()).toMatchObject({ phase: "done", sent: 10, trouble: null });
});

test("storage that browsers cannot reach gets the parts through the gateway", async () => {
  const gateway = new Gateway();
  gateway.origin = "https://storage.example";
  const send = gateway.send;
  const failed: string[] = [];
  gateway.send = (url, body, options) => {
    if (!url.startsWith("https:")) return send(url, body, options);
    failed.push(url);
    return Promise.reject(new Unreachable());
  };
  const { submission } = await submissionOf(gateway, ["0123456789abcdefghij!"]);

  await run(submission);

  expect(submission.snapshot().phase).toBe("done");
  expect(gateway.content("upl_1")).toBe("0123456789abcdefghij!");
  expect(new Set(gateway.puts)).toEqual(new Set([1, 2, 3, 4, 5, 6].map((number) => `/v1/uploads/upl_1/parts/${number}`)));
  expect(failed.length).toBeLessThanOrEqual(6); // Two tries of each of the first three.
});

test("after a reload only what is missing is sent", async () => {
  const gateway = new Gateway();
  const send = gateway.send;
  gateway.send = (url, body, options) => /[456]$/.test(url) ? Promise.reject(new Refused(422, null)) : send(url, body, options);
  const before = await submissionOf(gateway, ["0123456789abcdefghij!"]);
  await run(before.submission);
  expect(before.submission.snapshot()).toMatchObject({ phase: "failed", error: new Refused(422, null), job: null });

  gateway.send = send;
  gateway.puts.length = 0;
  const after = await submissionOf(gateway, ["0123456789abcdefghij!"], before.store);
  await after.submission.takeOver(after.submission.kept);
  expect(after.submission.snapshot()).toMatchObject({ phase: "interrupted", sent: 12, total: 21 });
  await run(after.submission);

  expect(gateway.puts).toEqual(["/upl_1/4", "/upl_1/5", "/upl_1/6"]);
  expect(gateway.content("upl_1")).toBe("0123456789abcdefghij!");
  expect(gateway.keys).toEqual(["1"]);
});

test("what the service has removed meanwhile is sent again", async () => {
  const gateway = new Gateway();
  const { send } = gateway;
  gateway.send = (url, body, options) => url.endsWith("3") ? Promise.reject(new Refused(422, null)) : send(url, body, options);
  const { submission, store } = await submissionOf(gateway, ["0123456789"]);
  await run(submission);
  expect((await store.parts("1")).size).toBe(2);

  gateway.expire("upl_1");
  gateway.send = send;
  await run(submission);

  expect(gateway.content("upl_2")).toBe("0123456789");
  expect(submission.snapshot().phase).toBe("done");
});

test("when everything had arrived before the reload, no file is needed to start the job", async () => {
  const gateway = new Gateway();
  const { submission, store } = await submissionOf(gateway, ["0123456789"]);
  const connection = { api: gateway.api, send: gateway.send };
  const submit = vi.fn().mockRejectedValueOnce(new Refused(413, null));
  const before = new Submission(submission.kept, { connection, submit, store }, "waiting");
  for (const plan of (await arrange([picked("0.jpg", "0123456789")])).plans) before.supply(plan);
  await run(before);
  expect(before.snapshot().phase).toBe("failed");

  const after = new Submission(before.kept, { connection, submit: gateway.submit, store }, "interrupted");
  expect(await after.isUp()).toBe(true);
  await run(after);

  expect(after.snapshot()).toMatchObject({ phase: "done", sent: 10 });
  expect(gateway.puts.length).toBe(3);
});

test("parts that storage no longer knows are sent anew", async () => {
  const gateway = new Gateway();
  const { submission, store } = await submissionOf(gateway, ["0123456789"]);
  const { complete } = gateway.api;
  gateway.api.complete = () => Promise.reject(new Refused(422, problem("invalid_parts")));
  await run(submission);
  expect(submission.snapshot().phase).toBe("failed");
  expect((await store.parts("1")).size).toBe(0);

  gateway.api.complete = complete;
  await run(submission);

  expect(gateway.content("upl_2")).toBe("0123456789");
});

test("other files do not continue an upload", async () => {
  const { submission } = await submissionOf(new Gateway(), ["0123456789"]);
  const [plan] = (await arrange([picked("0.jpg", "0123456789", 5)])).plans;

  expect(plan && submission.supply(plan)).toBe(false);
});

test("a pause keeps what has arrived, and is kept itself", async () => {
  const { gateway, isSending } = hanging(new Gateway());
  const { submission, store } = await submissionOf(gateway, ["0123456789"]);
  const running = run(submission);
  await isSending;

  await submission.pause();
  await running;

  expect(submission.snapshot().phase).toBe("paused");
  expect((await store.get("1"))?.isPaused).toBe(true);
  gateway.send = (url) => Promise.resolve(JSON.stringify(url));
  gateway.api.complete = () => Promise.resolve();
  await run(submission);
  expect(submission.snapshot().phase).toBe("done");
  expect(gateway.removed).toEqual([]);
});

test("canceling stops the parts and removes the upload", async () => {
  const { gateway, isSending } = hanging(new Gateway());
  const { submission, store } = await submissionOf(gateway, ["0123456789"]);

  const running = run(submission);
  await isSending;
  await submission.cancel();
  await running;

  expect(submission.snapshot().phase).toBe("canceled");
  expect(gateway.removed).toEqual(["upl_1"]);
  expect(gateway.requests).toEqual([]);
  expect(await store.all()).toEqual([]);
});
