// One source becomes one completed upload: its parts are sent several at once, each retried by itself.
import { isMissing } from "../api/problems";
import type { BegunUpload, PartPage, Upload, UploadsApi } from "../api/uploads";
import { PartUrls } from "./partUrls";
import type { SendPart } from "./parts";
import { retrying } from "./retrying";
import { eachAtOnce } from "./slices";
import type { Source } from "./sources";

/** Browsers open six connections to a server; the page needs some of them. */
export const AT_ONCE = 3;
/** So often storage is tried directly, before the part goes through the gateway, which is slower. */
const DIRECT_TRIES = 2;

export interface Connection {
  api: UploadsApi;
  send: SendPart;
}

/** What has been sent of a source, as kept over reloads. */
export interface Sent {
  readonly upload: string | null;
  /** ETags by the number of the part. */
  readonly parts: ReadonlyMap<number, string>;
}

export interface Watch {
  signal: AbortSignal;
  /** How much of the source has arrived, at most. It falls when a part has to be sent again. */
  onSent: (bytes: number) => void;
  /** The upload exists from here on. What was sent of another one before is worth nothing. */
  onBegun: (upload: Upload) => Promise<void>;
  onPart: (number: number, etag: string) => Promise<void>;
  onTrouble: (error: unknown) => void;
}

/** Returns the id of the completed upload. Throws Refused, FileUnreadable, and AbortError when the signal aborts. */
export async function transfer(source: Source, sent: Sent, connection: Connection, watch: Watch): Promise<string> {
  const { api } = connection;
  const known = sent.upload ? await find(sent.upload, api, watch) : null;
  if (known && known.state !== "open") return known.id;
  const transfer = known
    ? new Transfer(source, connection, watch, known, sent.parts)
    : new Transfer(source, connection, watch, await begin(source, api, watch), new Map());
  return transfer.run();
}

/** Whether the gateway still has it and all of its parts. */
export async function find(id: string, api: UploadsApi, watch: Pick<Watch, "signal" | "onTrouble">): Promise<Upload | null> {
  try {
    return await retrying(() => api.find(id, watch.signal), watch);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function begin(source: Source, api: UploadsApi, watch: Watch): Promise<BegunUpload> {
  const upload = await retrying(() => api.begin(source.name, source.bytes, watch.signal), watch);
  await watch.onBegun(upload);
  return upload;
}

class Transfer {
  private readonly urls: PartUrls;
  private readonly sent = new Map<number, number>();
  private readonly etags: Map<number, string>;
  private isDirect = true;

  constructor(
    private readonly source: Source,
    private readonly connection: Connection,
    private readonly watch: Watch,
    private readonly upload: Upload & { parts?: PartPage },
    etags: ReadonlyMap<number, string>,
  ) {
    this.urls = new PartUrls(upload, connection.api, watch);
    this.etags = new Map(etags);
    for (const number of etags.keys()) this.sent.set(number, this.rangeOf(number).bytes);
  }

  async run(): Promise<string> {
    const { id, part_count } = this.upload;
    this.report();
    const numbers = Array.from({ length: part_count }, (_, index) => index + 1);
    await eachAtOnce(numbers.filter((number) => !this.etags.has(number)), AT_ONCE, (number) => this.sendPart(number));
    const parts = numbers.map((number) => ({ number, etag: this.etags.get(number) ?? "" }));
    await retrying(() => this.connection.api.complete(id, parts, this.watch.signal), this.watch);
    return id;
  }

  private async sendPart(number: number): Promise<void> {
    const { signal } = this.watch;
    signal.throwIfAborted();
    const { start, bytes } = this.rangeOf(number);
    const body = await this.source.read(start, start + bytes);
    const onProgress = (count: number) => {
      this.report(number, Math.min(count, bytes));
    };
    const etag = await retrying(async (attempt) => {
      onProgress(0);
      if (attempt > 0) await this.source.check(start, start + bytes);
      const url = await this.urlOf(number, attempt);
      signal.throwIfAborted();
      return this.connection.send(url, body, { signal, onProgress });
    }, this.watch);
    this.etags.set(number, etag);
    onProgress(bytes);
    await this.watch.onPart(number, etag);
  }

  /** Where the browser cannot reach storage, or storage does not answer to pages, the gateway takes the parts, too. */
  private async urlOf(number: number, attempt: number): Promise<string> {
    const url = await this.urls.of(number, attempt > 0);
    if (url.startsWith("/")) return url;
    if (attempt >= DIRECT_TRIES) this.isDirect = false;
    return this.isDirect ? url : `/v1/uploads/${this.upload.id}/parts/${number}`;
  }

  private rangeOf(number: number): { start: number; bytes: number } {
    const start = (number - 1) * this.upload.part_bytes;
    return { start, bytes: Math.min(this.upload.part_bytes, this.source.bytes - start) };
  }

  private report(number?: number, bytes = 0): void {
    if (number !== undefined) this.sent.set(number, bytes);
    let sum = 0;
    for (const each of this.sent.values()) sum += each;
    this.watch.onSent(sum);
  }
}
