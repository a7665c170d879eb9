// What is sent: bytes that can be read at any offset, again for a retry. Knows no React and no network.
export interface Source {
  readonly name: string;
  readonly bytes: number;
  /** The bytes from `start` up to, without, `end`. */
  read: (start: number, end: number) => Blob | Promise<Blob>;
}

/** One job: a single source (a picture or an archive), or several pictures. */
export interface Plan {
  readonly name: string;
  readonly sources: readonly Source[];
}

export interface Arrangement {
  readonly plans: readonly Plan[];
  /** The names of files that were chosen twice: each is sent once. */
  readonly duplicates: readonly string[];
  /** The names of files without content. */
  readonly empty: readonly string[];
}

const ARCHIVE = /\.(zip|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst))$/i;

export function fileSource(file: File): Source {
  return { name: file.name, bytes: file.size, read: (start, end) => file.slice(start, end) };
}

/** Each archive is a job by itself; pictures that were chosen together are one job. */
export function arrange(files: readonly File[]): Arrangement {
  const unique = new Map<string, File>();
  const duplicates: string[] = [];
  const empty: string[] = [];
  for (const file of files) {
    const identity = `${file.webkitRelativePath || file.name}\n${file.size}\n${file.lastModified}`;
    if (file.size === 0) empty.push(file.name);
    else if (unique.has(identity)) duplicates.push(file.name);
    else unique.set(identity, file);
  }
  const all = [...unique.values()];
  const pictures = all.filter((file) => !ARCHIVE.test(file.name)).map(fileSource);
  const archives = all.filter((file) => ARCHIVE.test(file.name)).map(fileSource);
  const plans = archives.map((source) => ({ name: source.name, sources: [source] }));
  const [first] = pictures;
  return { plans: first ? [...plans, { name: first.name, sources: pictures }] : plans, duplicates, empty };
}

export function bytesOf(plan: Plan): number {
  return plan.sources.reduce((sum, source) => sum + source.bytes, 0);
}
