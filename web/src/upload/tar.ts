// Headers of a tar, as Python's tarfile writes them: ustar, with PAX records for what does not fit into it.
export const BLOCK = 512;
const RECORD = 20 * BLOCK;
const NAME_BYTES = 100;
const MOST_OCTAL = 8 ** 11 - 1;
const SIMPLE = /^[\x20-\x7e]{1,100}$/;
const encoder = new TextEncoder();

export interface Entry {
  /** With `/` between folders. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** No owner and whole seconds, so that headers reveal nothing of this machine. The same entry gives the same bytes. */
export function headerOf(entry: Entry): Uint8Array<ArrayBuffer> {
  const records = recordsOf(entry);
  const base = ustar(entry.path.replaceAll(/[^\x20-\x7e]/gu, "?"), "0", fitting(entry.bytes), secondsOf(entry));
  if (records.length === 0) return base;
  const padded = new Uint8Array(paddedTo(BLOCK, records.length));
  padded.set(records);
  return joined([ustar("././@PaxHeader", "x", records.length, 0), padded, base]);
}

export function headerLength(entry: Entry): number {
  const records = isSimple(entry) ? 0 : recordsOf(entry).length;
  return records === 0 ? BLOCK : 2 * BLOCK + paddedTo(BLOCK, records);
}

/** The zeros after the last entry: two blocks, then up to a whole record. */
export function endLength(length: number): number {
  return paddedTo(RECORD, length + 2 * BLOCK) - length;
}

export function paddedTo(unit: number, bytes: number): number {
  return Math.ceil(bytes / unit) * unit;
}

function isSimple({ path, bytes }: Entry): boolean {
  return SIMPLE.test(path) && bytes <= MOST_OCTAL;
}

function recordsOf(entry: Entry): Uint8Array<ArrayBuffer> {
  const records: Uint8Array<ArrayBuffer>[] = [];
  if (!SIMPLE.test(entry.path)) records.push(record("path", entry.path));
  if (entry.bytes > MOST_OCTAL) records.push(record("size", String(entry.bytes)));
  return joined(records);
}

/** `length key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = encoder.encode(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return joined([encoder.encode(String(length)), rest]);
}

function ustar(name: string, type: "0" | "x", bytes: number, modified: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(BLOCK);
  const put = (offset: number, text: string) => {
    encoder.encodeInto(text, header.subarray(offset));
  };
  put(0, name.slice(0, NAME_BYTES));
  put(100, "0000644\0" + "0000000\0" + "0000000\0");
  put(124, `${octal(bytes)}\0${octal(modified)}\0`);
  put(148, "        " + type);
  put(257, "ustar\0" + "00");
  put(329, "0000000\0" + "0000000\0");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}

function octal(value: number): string {
  return value.toString(8).padStart(11, "0");
}

function fitting(bytes: number): number {
  return bytes <= MOST_OCTAL ? bytes : 0;
}

function secondsOf({ modified }: Entry): number {
  return Math.min(Math.max(Math.floor(modified / 1000), 0), MOST_OCTAL);
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
