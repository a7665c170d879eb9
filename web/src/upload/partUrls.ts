import type { PartPage, Upload, UploadsApi } from "../api/uploads";
import { type Patience, retrying } from "./retrying";

const MARGIN_MS = 30_000;

/** Signed URLs expire, so a page of them is requested when its first part is about to be sent, and again for a retry. */
export class PartUrls {
  private readonly pages = new Map<number, Promise<PartPage>>();
  private readonly cursors = new Map<number, string | null>([[0, null]]);
  /** Known from the first page. */
  private perPage: number | null = null;

  constructor(
    private readonly upload: Upload & { parts?: PartPage },
    private readonly api: UploadsApi,
    private readonly patience: Patience,
  ) {
    if (upload.parts) void this.keep(0, Promise.resolve(upload.parts));
  }

  async of(number: number, isRetry: boolean): Promise<string> {
    if (this.perPage === null) await this.page(0, false);
    const page = await this.page(Math.floor((number - 1) / (this.perPage ?? 1)), isRetry);
    const part = page.data.find((each) => each.number === number);
    if (!part) throw new Error(`The gateway named no URL for part ${number} of ${this.upload.id}.`);
    return part.url;
  }

  private async page(place: number, anew: boolean): Promise<PartPage> {
    const known = this.pages.get(place);
    if (known && !anew && !isExpired(await known)) return known;
    if (!this.cursors.has(place)) await this.page(place - 1, false);
    return this.keep(place, this.request(this.cursors.get(place) ?? null));
  }

  private request(cursor: string | null): Promise<PartPage> {
    const { signal } = this.patience;
    return retrying(() => this.api.parts(this.upload.id, cursor, signal), this.patience);
  }

  private async keep(place: number, request: Promise<PartPage>): Promise<PartPage> {
    this.pages.set(place, request);
    try {
      const page = await request;
      this.cursors.set(place + 1, page.next_cursor);
      if (place === 0) this.perPage = Math.max(1, page.data.length);
      return page;
    } catch (error) {
      this.pages.delete(place);
      throw error;
    }
  }
}

function isExpired(page: PartPage): boolean {
  return Date.parse(page.expires_at) - MARGIN_MS < Date.now();
}
