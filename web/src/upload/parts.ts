// Sending one part: to storage by its signed URL, or through the gateway where the URL is a path.
import { Refused, Unreachable } from "../api/problems";

export interface SentPart {
  number: number;
  etag: string;
}

/** Sends `body` and returns the part's ETag. Throws Refused, Unreachable, and AbortError when the signal aborts. */
export type SendPart = (
  url: string,
  body: Blob,
  options: { signal: AbortSignal; onProgress: (sent: number) => void },
) => Promise<string>;

/** A connection that was lost without a word is noticed only by its silence. */
const SILENT_MS = 90_000;

/** By XMLHttpRequest, because fetch does not tell how much has been sent. */
export const sendPart: SendPart = (url, body, { signal, onProgress }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => {
      request.abort();
    };
    let silence = setTimeout(abort, SILENT_MS);
    request.open("PUT", url);
    request.upload.onprogress = (event) => {
      clearTimeout(silence);
      silence = setTimeout(abort, SILENT_MS);
      onProgress(event.loaded);
    };
    request.onload = () => {
      const etag = request.getResponseHeader("ETag");
      if (request.status >= 200 && request.status < 300 && etag) resolve(etag);
      else reject(refusal(request, etag));
    };
    request.onerror = () => {
      reject(new Unreachable());
    };
    request.onabort = () => {
      reject(signal.aborted ? new DOMException("The upload was stopped.", "AbortError") : new Unreachable());
    };
    request.onloadend = () => {
      clearTimeout(silence);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    request.send(body);
    if (signal.aborted) request.abort();
  });

function refusal(request: XMLHttpRequest, etag: string | null): Error {
  if (request.status < 300 && !etag) {
    return new Error("Storage does not show the ETag to this page. Its CORS rules must expose it.");
  }
  return new Refused(request.status, problemIn(request.responseText));
}

function problemIn(text: string): ConstructorParameters<typeof Refused>[1] {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === "object" && content !== null && "detail" in content
      ? (content as ConstructorParameters<typeof Refused>[1])
      : null;
  } catch {
    return null; // Storage answers in XML.
  }
}
