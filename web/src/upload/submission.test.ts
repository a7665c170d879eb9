import { expect, test } from "vitest";

import { Refused, Unreachable } from "../api/problems";
import type { UploadsApi } from "../api/uploads";
import type { SendPart } from "./parts";
import { arrange } from "./sources";
import { type Job, type JobRequest, Submission } from "./submission";

const PART_BYTES = 4;

/** A gateway whose uploads have small parts and short pages. Only the network is not there. */
class Gateway {
  readonly received = new Map<string, string>();
  readonly completed: string[] = [];
  readonly removed: string[] = [];
  readonly requests: JobRequest[] = [];
  private count = 0;

  readonly api: UploadsApi = {
    begin: (filename, bytes) => {
      const id = `upl_${++this.count}`;
      const parts = Math.ceil(bytes / PART_BYTES);
      return Promise.resolve({
        id,
        state: "open",
        filename,
        bytes,
        part_bytes: PART_BYTES,
        part_count: parts,
        media_type: null,
        created_at: "",
        expires_at: null,
        links: { self: "" },
        parts: this.page(id, 0, parts),
      });
    },
    parts: (id, cursor) => Promise.resolve(this.page(id, Number(cursor), Number.MAX_SAFE_INTEGER)),
    complete: (id, parts) => {
      expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1));
      this.completed.push(id);
      return Promise.resolve();
    },
    remove: (id) => {
      this.removed.push(id);
      return Promise.resolve();
    },
  };

  send: SendPart = async (url, body, { onProgress }) => {
    onProgress(body.size);
    this.received.set(url, await body.text());
    return `"${url}"`;
  };

  readonly submit = (request: JobRequest): Promise<Job> => {
    this.requests.push(request);
    return Promise.resolve({ id: "job_1" } as Job);
  };

  content(id: string): string {
    const parts = [...this.received].filter(([url]) => url.startsWith(`/${id}/`));
    return parts.sort(([a], [b]) => Number(a.split("/")[2]) - Number(b.split("/")[2])).map(([, text]) => text).join("");
  }

  private page(id: string, after: number, last: number) {
    const numbers = [after + 1, after + 2].filter((number) => number <= last);
    return {
      data: numbers.map((number) => ({ number, bytes: PART_BYTES, url: `/${id}/${number}` })),
      next_cursor: String(after + 2),
      expires_at: new Date(Date.now() + 900_000).toISOString(),
    };
  }
}

function submissionOf(gateway: Gateway, ...contents: string[]): Submission {
  const files = contents.map((content, index) => new File([content], `${index}.jpg`));
  const [plan] = arrange(files).plans;
  if (!plan) throw new Error("nothing to send");
  const connection = { api: gateway.api, send: ((...args) => gateway.send(...args)) as SendPart };
  return new Submission(plan, { labels: ["1931"] }, connection, gateway.submit);
}

test("a file is sent in parts over several pages of URLs, and becomes a job", async () => {
  const gateway = new Gateway();
  const submission = submissionOf(gateway, "0123456789abcdefghij!");

  await submission.run();

  expect(gateway.content("upl_1")).toBe("0123456789abcdefghij!");
  expect(gateway.requests).toEqual([{ source: { type: "upload", upload: "upl_1" }, labels: ["1931"] }]);
  expect(submission.snapshot()).toMatchObject({ phase: "done", sent: 21, total: 21, filesSent: 1, job: { id: "job_1" } });
});

test("several pictures become one job, in their order", async () => {
  const gateway = new Gateway();

  await submissionOf(gateway, "first", "second", "third").run();

  const names = ["first", "second", "third"];
  const [request] = gateway.requests;
  const uploads = request?.source.type === "uploads" ? request.source.uploads : [];
  expect(uploads.map((id) => gateway.content(id))).toEqual(names);
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
  const submission = submissionOf(gateway, "0123456789");

  await submission.run();

  expect(sent.sort()).toEqual(["/upl_1/1", "/upl_1/2", "/upl_1/2", "/upl_1/3"]);
  expect(submission.snapshot()).toMatchObject({ phase: "done", sent: 10 });
});

test("a refusal for good is shown; the next run sends only what is missing", async () => {
  const gateway = new Gateway();
  const send = gateway.send;
  gateway.send = (url, body, options) =>
    url.startsWith("/upl_2/") ? Promise.reject(new Refused(422, null)) : send(url, body, options);
  const submission = submissionOf(gateway, "one", "two");

  await submission.run();
  expect(submission.snapshot()).toMatchObject({ phase: "failed", error: new Refused(422, null), job: null });

  gateway.send = send;
  await submission.run();
  expect(submission.snapshot()).toMatchObject({ phase: "done", filesSent: 2 });
  expect(gateway.completed.filter((id) => id === "upl_1")).toEqual(["upl_1"]);
});

test("canceling stops the parts and removes the upload", async () => {
  const gateway = new Gateway();
  const started = new EventTarget();
  const isSending = new Promise((resolve) => { started.addEventListener("started", resolve); });
  gateway.send = (_url, _body, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => { reject(new DOMException("", "AbortError")); });
      started.dispatchEvent(new Event("started"));
    });
  const submission = submissionOf(gateway, "0123456789");

  const run = submission.run();
  await isSending;
  await submission.cancel();
  await run;

  expect(submission.snapshot().phase).toBe("canceled");
  expect(gateway.removed).toEqual(["upl_1"]);
  expect(gateway.requests).toEqual([]);
});
