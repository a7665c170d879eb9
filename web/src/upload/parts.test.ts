import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Refused, Unreachable } from "../api/problems";
import { sendPart } from "./parts";

const SILENT_MS = 90_000;

/** The browser's request, whose answers a test gives. */
class FakeRequest {
  static last: FakeRequest;
  upload: { onprogress?: (event: { loaded: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  status = 0;
  responseText = "";
  etag: string | null = null;
  place = "";

  constructor() {
    FakeRequest.last = this;
  }
  open(method: string, url: string): void {
    this.place = `${method} ${url}`;
  }
  send(): void {
    // A test answers.
  }
  abort(): void {
    this.onabort?.();
    this.onloadend?.();
  }
  getResponseHeader(name: string): string | null {
    return name === "ETag" ? this.etag : null;
  }
  answer(status: number, etag: string | null, text = ""): void {
    Object.assign(this, { status, etag, responseText: text });
    this.onload?.();
    this.onloadend?.();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begun(signal = new AbortController().signal) {
  const sent: number[] = [];
  const end = sendPart("https://storage/1", new Blob(["scan"]), { signal, onProgress: (bytes) => sent.push(bytes) });
  return { end, sent, request: FakeRequest.last };
}

test("a part is put, and its ETag is what storage answers", async () => {
  const { end, sent, request } = begun();

  request.upload.onprogress?.({ loaded: 3 });
  request.answer(200, '"tag"');

  expect(await end).toBe('"tag"');
  expect(request.place).toBe("PUT https://storage/1");
  expect(sent).toEqual([3]);
});

test("refusals keep the status, and the gateway's problem", async () => {
  const [storage, gateway] = [begun(), begun()];
  storage.request.answer(403, null, "<Error/>");
  gateway.request.answer(404, null, JSON.stringify({ code: "upload_not_found", detail: "Gone." }));

  const refusals = await Promise.all([storage.end, gateway.end].map((end) => end.catch((error: unknown) => error)));

  expect(refusals).toEqual([expect.any(Refused), expect.any(Refused)]);
  expect(refusals).toMatchObject([{ status: 403, code: "" }, { status: 404, code: "upload_not_found" }]);
});

test("storage that hides the ETag is named: no try would help", async () => {
  const { end, request } = begun();
  request.answer(200, null);

  await expect(end).rejects.toThrow("Its CORS rules must expose it");
});

test("a connection that stays silent is lost; each progress begins anew", async () => {
  const { end, request } = begun();
  const lost = expect(end).rejects.toBeInstanceOf(Unreachable);
  let isOver = false;
  void end.catch(() => (isOver = true));

  await vi.advanceTimersByTimeAsync(SILENT_MS - 1);
  request.upload.onprogress?.({ loaded: 1 });
  await vi.advanceTimersByTimeAsync(SILENT_MS - 1);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);

  await lost;
});

test("stopping is no lost connection", async () => {
  const stop = new AbortController();
  const { end } = begun(stop.signal);
  stop.abort();

  await expect(end).rejects.toMatchObject({ name: "AbortError" });
});
