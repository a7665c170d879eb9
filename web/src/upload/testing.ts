// What several tests need: files as if somebody had chosen them.
import { i18n } from "@lingui/core";

import { Refused } from "../api/problems";
import type { PartPage, Upload, UploadsApi } from "../api/uploads";
import type { SendPart } from "./parts";
import type { Picked, Root } from "./sources";
import type { Job, JobRequest, Submit } from "./submission";

// Several files together get a name in the page's language.
i18n.loadAndActivate({ locale: "en", messages: {} });

export const MODIFIED = 1_700_000_000_000;

export function picked(path: string, text = "scan", modified = MODIFIED, root: Root | null = null): Picked & { text: string } {
  const file = new File([text], path.split("/").at(-1) ?? path, { lastModified: modified });
  return { path, bytes: file.size, modified, open: () => file, root, text };
}

const PARTS_PER_PAGE = 2;

/** A gateway whose uploads have small parts and short pages. Only the network is not there. */
export class Gateway {
  readonly received = new Map<string, string>();
  /** The URL of each part that was sent, as often as it was. */
  readonly puts: string[] = [];
  readonly completed: string[] = [];
  readonly removed: string[] = [];
  readonly requests: JobRequest[] = [];
  readonly keys: string[] = [];
  partBytes = 4;
  /** Where parts are to be sent: to another origin, or through the gateway. */
  origin = "";
  private count = 0;
  private readonly uploads = new Map<string, Upload>();

  readonly api: UploadsApi = {
    begin: (filename, bytes) => {
      const id = `upl_${++this.count}`;
      const upload: Upload = {
        id,
        state: "open",
        filename,
        bytes,
        part_bytes: this.partBytes,
        part_count: Math.ceil(bytes / this.partBytes),
        media_type: null,
        created_at: "",
        expires_at: null,
        links: { self: "" },
      };
      this.uploads.set(id, upload);
      return Promise.resolve({ ...upload, parts: this.page(upload, 0) });
    },
    find: (id) => {
      const upload = this.uploads.get(id);
      return upload ? Promise.resolve(upload) : Promise.reject(new Refused(404, null));
    },
    parts: async (id, cursor) => this.page(await this.api.find(id, new AbortController().signal), Number(cursor)),
    complete: async (id, parts) => {
      const upload = await this.api.find(id, new AbortController().signal);
      const isAll = parts.every(({ number, etag }, index) => number === index + 1 && this.received.has(JSON.parse(etag) as string));
      if (!isAll || parts.length !== upload.part_count) throw new Refused(422, problem("invalid_parts"));
      this.completed.push(id);
      this.uploads.set(id, { ...upload, state: "completed" });
    },
    remove: (id) => {
      this.removed.push(id);
      this.uploads.delete(id);
      return Promise.resolve();
    },
  };

  send: SendPart = async (url, body, { onProgress }) => {
    this.puts.push(url);
    onProgress(body.size);
    const place = url.replace(/^.*\/(upl_\d+)\/(parts\/)?/, "/$1/");
    this.received.set(place, await body.text());
    return JSON.stringify(place);
  };

  readonly submit: Submit = (request, key) => {
    this.requests.push(request);
    this.keys.push(key);
    return Promise.resolve({ id: "job_1" } as Job);
  };

  /** What has arrived, in the order of its parts. */
  content(id: string): string {
    const parts = [...this.received].filter(([place]) => place.startsWith(`/${id}/`));
    const numberOf = (place: string) => Number(place.split("/")[2]);
    return parts.sort(([a], [b]) => numberOf(a) - numberOf(b)).map(([, text]) => text).join("");
  }

  /** As after a day without a part. */
  expire(id: string): void {
    this.uploads.delete(id);
    for (const place of [...this.received.keys()]) if (place.startsWith(`/${id}/`)) this.received.delete(place);
  }

  private page({ id, part_count }: Upload, after: number): PartPage {
    const numbers = Array.from({ length: PARTS_PER_PAGE }, (_, index) => after + index + 1).filter((n) => n <= part_count);
    return {
      data: numbers.map((number) => ({ number, bytes: this.partBytes, url: `${this.origin}/${id}/${number}` })),
      next_cursor: String(after + PARTS_PER_PAGE),
      expires_at: new Date(Date.now() + 900_000).toISOString(),
    };
  }
}

export function problem(code: string) {
  return { code, detail: code, status: 0, title: code, type: "about:blank", instance: null, request_id: "", errors: [] };
}
