import { execFileSync } from "node:child_process";

import { expect, test } from "vitest";

import { type Source, tarSource } from "./sources";
import { endLength, headerLength, headerOf } from "./tar";
import { picked } from "./testing";

const READ = `
import json, sys, tarfile, io
archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
members = [(m.name, m.size, m.mtime, m.mode, archive.extractfile(m).read().decode()) for m in archive]
print(json.dumps(members))
`;

/** What Python's tarfile reads, which is another implementation. */
function readByPython(tar: Uint8Array): unknown {
  return JSON.parse(execFileSync("python3", ["-c", READ], { input: tar, encoding: "utf8" }));
}

async function bytesOf(source: Source, start: number, end: number): Promise<Uint8Array> {
  return new Uint8Array(await (await source.read(start, end)).arrayBuffer());
}

const NAMES = [
  "a.jpg",
  "1931/Größe – 東京.tif",
  `${"long/".repeat(60)}name.jpg`,
  "x".repeat(100),
  "y".repeat(101),
  "emoji 🌄.jpg",
  "percent%20 and back\\slash.jpg",
];

test("Python's tarfile reads the names, sizes, times and contents", async () => {
  const files = NAMES.map((path, index) => picked(path, `content of ${index}`.repeat(index * 20 + 1), 1_700_000_000_999 + index));
  const source = await tarSource("Album.tar", files);

  const members = readByPython(await bytesOf(source, 0, source.bytes));

  const expected = files.map(({ path, bytes, text }) => [path, bytes, 1_700_000_000 + (path === "a.jpg" ? 0 : 1), 0o644, text]);
  expect(members).toEqual(expected);
  expect(source.bytes % 10_240).toBe(0);
});

test("each range is the same bytes, whatever was read before", async () => {
  const files = NAMES.flatMap((path, index) => Array.from({ length: 40 }, (_, k) => picked(`${k}/${path}`, "z".repeat(index * k))));
  const source = await tarSource("Album.tar", files);
  const whole = await bytesOf(source, 0, source.bytes);

  for (const size of [1000, 4096, 70_001]) {
    for (let start = 0; start < source.bytes; start += size) {
      const end = Math.min(start + size, source.bytes);
      expect(Buffer.compare(await bytesOf(source, start, end), whole.subarray(start, end))).toBe(0);
    }
  }
});

test("sizes beyond 8 GiB are in a record, and times before 1970 are 1970", () => {
  const header = headerOf({ path: "a.tif", bytes: 8 ** 11, modified: -5000 });

  expect(header.length).toBe(headerLength({ path: "a.tif", bytes: 8 ** 11, modified: 0 }));
  expect(new TextDecoder().decode(header)).toContain("19 size=8589934592\n");
  const info = `import sys, tarfile; t = tarfile.TarInfo.frombuf(sys.stdin.buffer.read()[1024:], "utf-8", "strict"); print(t.name, t.mtime)`;
  expect(execFileSync("python3", ["-c", info], { input: header, encoding: "utf8" })).toBe("a.tif 0\n");
});

test("a tar ends with two blocks at least, at a whole record", () => {
  expect([0, 512, 10_240 - 1024, 10_240 - 512, 10_240].map((length) => length + endLength(length))).toEqual([
    10_240, 10_240, 10_240, 20_480, 20_480,
  ]);
});
