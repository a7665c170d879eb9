// From chosen files to jobs: each archive is one, all other files together are another.
import { t } from "@lingui/core/macro";

import { isClutter } from "./clutter";
import { eachInSlices, rest, sortedInSlices } from "./slices";
import { fileSource, type Picked, type Source, tarSource } from "./sources";

export interface Plan {
  readonly source: Source;
  readonly files: readonly Picked[];
  /** Path, size and time of each file. Files with the same manifest are the same bytes to send. */
  readonly manifest: string;
}

export interface Arrangement {
  readonly plans: readonly Plan[];
  /** The paths of files that were chosen twice: each is sent once. */
  readonly duplicates: readonly string[];
  /** Different files with one path, by the names that they get. */
  readonly renamed: readonly string[];
  /** The paths of files without content. */
  readonly empty: readonly string[];
  /** How many files of the system were left out. */
  readonly clutter: number;
}

const ARCHIVE = /\.(zip|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst))$/i;

export async function arrange(files: readonly Picked[]): Promise<Arrangement> {
  const sorted = await sortedInSlices(files, inOrder);
  const duplicates: string[] = [];
  const renamed: string[] = [];
  const empty: string[] = [];
  let clutter = 0;
  const pictures = new Map<string, Picked>();
  const archives: Picked[] = [];
  let before: Picked | null = null;
  await eachInSlices(sorted, (file) => {
    if (isClutter(file.path)) clutter++;
    else if (file.bytes === 0) empty.push(file.path);
    else if (before && inOrder(before, file) === 0) duplicates.push(file.path);
    else if (ARCHIVE.test(file.path)) archives.push(file);
    else {
      const path = freePath(file.path, pictures);
      if (path !== file.path) renamed.push(path);
      pictures.set(path, { ...file, path });
    }
    before = file;
  });
  const plans = await Promise.all(archives.map(filePlan));
  if (pictures.size > 0) plans.push(await picturesPlan([...pictures.values()]));
  return { plans, duplicates, renamed, empty, clutter };
}

/** By path, then by what tells two files apart. The same files always come in the same order. */
function inOrder(a: Picked, b: Picked): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.modified - b.modified || a.bytes - b.bytes;
}

function freePath(path: string, taken: ReadonlyMap<string, unknown>): string {
  const [, stem = path, extension = ""] = /^(.+?)(\.[^./]*)?$/s.exec(path) ?? [];
  let free = path;
  for (let number = 2; taken.has(free); number++) free = `${stem} (${number})${extension}`;
  return free;
}

/** Its folder plays no part: the file can be chosen again without it. */
function filePlan(file: Picked): Promise<Plan> {
  const source = fileSource(file);
  return planOf(source, [{ ...file, path: source.name }]);
}

async function picturesPlan(files: readonly Picked[]): Promise<Plan> {
  const [first] = files;
  if (files.length === 1 && first) return filePlan(first);
  const folder = await commonFolder(files);
  if (!folder) return planOf(await tarSource(nameOf(files), files), files);
  const inside = files.map((file) => ({ ...file, path: file.path.slice(folder.length + 1) }));
  return planOf(await tarSource(folder, inside), files);
}

/** The folder that everything is in: it gives the job its name, and the paths are those inside it. */
async function commonFolder(files: readonly Picked[]): Promise<string | null> {
  const [prefix] = /^[^/]*\//.exec(files[0]?.path ?? "") ?? [];
  if (!prefix) return null;
  let outside = 0;
  await eachInSlices(files, ({ path }) => {
    if (!path.startsWith(prefix)) outside++;
  });
  return outside === 0 ? prefix.slice(0, -1) : null;
}

/** Nobody made a tar, so the job is not called one: the gateway knows it by its bytes. */
function nameOf(files: readonly Picked[]): string {
  const [name = "", count] = [files[0]?.path.split("/").at(-1), files.length - 1];
  return t`${name} and ${count} more`;
}

async function planOf(source: Source, files: readonly Picked[]): Promise<Plan> {
  const lines: string[] = [];
  for (const { path, bytes, modified } of files) {
    lines.push(`${bytes} ${modified} ${path}`);
    await rest();
  }
  return { source, files, manifest: lines.join("\n") };
}
