// What outlives the tab: the uploads that are underway, and their parts that have arrived. In IndexedDB.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

import type { Root } from "./sources";
import type { Terms } from "./submission";

export interface UploadRecord {
  /** Of the submission; the job is submitted with it, too, so that there is only one however often that is tried. */
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly count: number;
  readonly manifest: string;
  readonly terms: Terms;
  readonly createdAt: number;
  /** From what the files can be opened again. Empty where the browser has no such thing: then they are asked for. */
  readonly roots: readonly Root[];
  readonly isPaused: boolean;
  readonly upload: string | null;
  /** Of `upload`. */
  readonly partBytes: number;
}

interface Part {
  submission: string;
  number: number;
  etag: string;
}

export interface UploadStore {
  all: () => Promise<UploadRecord[]>;
  get: (id: string) => Promise<UploadRecord | undefined>;
  put: (record: UploadRecord) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
  parts: (id: string) => Promise<Map<number, string>>;
  addPart: (id: string, number: number, etag: string) => Promise<unknown>;
  removeParts: (id: string) => Promise<unknown>;
}

interface Schema extends DBSchema {
  uploads: { key: string; value: UploadRecord };
  parts: { key: [string, number]; value: Part };
}

const NAME = "photochrom-uploads";
const VERSION = 1;

/** Without IndexedDB, which some browsers block in private windows, everything works until the tab is closed. */
export async function openStore(): Promise<UploadStore> {
  try {
    return inDatabase(
      await openDB<Schema>(NAME, VERSION, {
        upgrade: (database) => {
          database.createObjectStore("uploads", { keyPath: "id" });
          database.createObjectStore("parts", { keyPath: ["submission", "number"] });
        },
      }),
    );
  } catch (error) {
    console.warn("Uploads will not outlive this tab.", error);
    return inMemory();
  }
}

function inDatabase(database: IDBPDatabase<Schema>): UploadStore {
  const removeParts = (id: string) => database.delete("parts", allOf(id));
  return {
    all: () => database.getAll("uploads"),
    get: (id) => database.get("uploads", id),
    // Not every browser can keep every root.
    put: (record) => database.put("uploads", record).catch(() => database.put("uploads", { ...record, roots: [] })),
    remove: (id) => Promise.all([database.delete("uploads", id), removeParts(id)]),
    parts: async (id) => new Map((await database.getAll("parts", allOf(id))).map(({ number, etag }) => [number, etag])),
    addPart: (submission, number, etag) => database.put("parts", { submission, number, etag }),
    removeParts,
  };
}

function allOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]);
}

export function inMemory(): UploadStore {
  const records = new Map<string, UploadRecord>();
  const etags = new Map<string, Map<number, string>>();
  return {
    all: () => Promise.resolve([...records.values()]),
    get: (id) => Promise.resolve(records.get(id)),
    put: (record) => Promise.resolve(records.set(record.id, record)),
    remove: (id) => Promise.resolve([records.delete(id), etags.delete(id)]),
    parts: (id) => Promise.resolve(new Map(etags.get(id))),
    addPart: (id, number, etag) => {
      etags.set(id, (etags.get(id) ?? new Map<number, string>()).set(number, etag));
      return Promise.resolve();
    },
    removeParts: (id) => Promise.resolve(etags.delete(id)),
  };
}
