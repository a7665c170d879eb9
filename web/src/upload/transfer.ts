// One source becomes one completed upload: its parts are sent several at once, each retried by itself.
import type { BegunUpload, PartPage, UploadsApi } from "../api/uploads";
import type { SendPart, SentPart } from "./parts";
import { retrying } from "./retrying";
import type { Source } from "./sources";

/** Browsers open six connections to a server; the page needs some of them. */
export const AT_ONCE = 3;

export interface Connection {
  api: UploadsApi;
  send: SendPart;
}

export interface Watch {
  signal: AbortSignal;
  /** How much of the source has arrived, at most. It falls when a part has to be sent again. */
  onSent: (bytes: number) => void;
  /** The upload exists from here on, and is removed if the transfer is given up. */
  onBegun: (uploadId: string) => void;
}

/** Returns the upload's id. Throws Refused, Unreachable, and AbortError when the signal aborts. */
export async function transfer(source: Source, { api, send }: Connection, watch: Watch): Promise<string> {
  const { signal } = watch;
  const upload = await retrying(() => api.begin(source.name, source.bytes, signal), signal);
  watch.onBegun(upload.id);
  const urls = new PartUrls(upload, api, signal);
  const sent = new Map<number, number>();
  const done: SentPart[] = [];
  const report = (number: number, bytes: number) => {
    sent.set(number, bytes);
    watch.onSent([...sent.values()].reduce((sum, each) => sum + each, 0));
  };

  const numbers = Array.from({ length: upload.part_count }, (_, index) => index + 1).values();
  const sendNext = async () => {
    for (const number of numbers) {
      const start = (number - 1) * upload.part_bytes;
      const body = await source.read(start, Math.min(start + upload.part_bytes, source.bytes));
      const etag = await retrying(async (attempt) => {
        report(number, 0);
        const url = await urls.of(number, attempt > 0);
        return send(url, body, { signal, onProgress: (bytes) => { report(number, Math.min(bytes, body.size)); } });
      }, signal);
      report(number, body.size);
      done.push({ number, etag });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, upload.part_count) }, sendNext));
  done.sort((a, b) => a.number - b.number);
  await retrying(() => api.complete(upload.id, done, signal), signal);
  return upload.id;
}

/** Signed URLs expire, so a page of them is requested when its first part is about to be sent, and again for a retry. */
class PartUrls {
  private readonly pages = new Map<number, Promise<PartPage>>();
  private readonly cursors = new Map<number, string | null>([[0, null]]);
  private readonly perPage: number;

  constructor(
    private readonly upload: BegunUpload,
    private readonly api: UploadsApi,
    private readonly signal: AbortSignal,
  ) {
    this.perPage = Math.max(1, upload.parts.data.length);
    void this.keep(0, Promise.resolve(upload.parts));
  }

  async of(number: number, isRetry: boolean): Promise<string> {
    const place = Math.floor((number - 1) / this.perPage);
    const page = await this.page(place, isRetry);
    const part = page.data.find((each) => each.number === number);
    if (!part) throw new Error(`The gateway named no URL for part ${number} of ${this.upload.id}.`);
    return part.url;
  }

  private async page(place: number, anew: boolean): Promise<PartPage> {
    const known = this.pages.get(place);
    if (known && !anew && !isExpired(await known)) return known;
    if (!this.cursors.has(place)) await this.page(place - 1, false);
    const cursor = this.cursors.get(place) ?? null;
    return this.keep(place, retrying(() => this.api.parts(this.upload.id, cursor, this.signal), this.signal));
  }

  private async keep(place: number, request: Promise<PartPage>): Promise<PartPage> {
    this.pages.set(place, request);
    try {
      const page = await request;
      this.cursors.set(place + 1, page.next_cursor);
      return page;
    } catch (error) {
      this.pages.delete(place);
      throw error;
    }
  }
}

const MARGIN_MS = 30_000;

function isExpired(page: PartPage): boolean {
  return Date.parse(page.expires_at) - MARGIN_MS < Date.now();
}
