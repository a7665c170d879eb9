// Opening the files of an interrupted upload again.
import { arrange } from "./arrange";
import type { Picked, Root } from "./sources";
import type { Submission } from "./submission";
import { fromRoots } from "./walking";

/** What was chosen again is not what the upload was begun with. */
export class OtherFiles extends Error {
  constructor(
    readonly missing: readonly string[],
    readonly changed: readonly string[],
  ) {
    super("These are not the files that the upload was begun with.");
    this.name = "OtherFiles";
  }
}

/** Throws OtherFiles. */
export async function supplyAgain(submission: Submission, files: readonly Picked[]): Promise<void> {
  const { plans } = await arrange(files);
  if (plans.some((plan) => submission.supply(plan))) return;
  throw difference(submission.kept.manifest, plans.map(({ manifest }) => manifest).join("\n"));
}

/** Whether the browser gave the files out again. `ask` shows its question, which needs a click. Throws OtherFiles. */
export async function reopen(submission: Submission, ask: boolean): Promise<boolean> {
  const { roots } = submission.kept;
  if (roots.length === 0 || !(await mayRead(roots, ask))) return false;
  await supplyAgain(submission, await fromRoots(roots));
  return true;
}

async function mayRead(roots: readonly Root[], ask: boolean): Promise<boolean> {
  for (const root of roots) {
    if (root instanceof File) continue;
    const given = ask ? await root.requestPermission?.({ mode: "read" }) : await root.queryPermission?.({ mode: "read" });
    if (given !== "granted") return false;
  }
  return true;
}

function difference(expected: string, given: string): OtherFiles {
  const lines = new Set(given.split("\n"));
  const paths = new Set([...lines].map(pathOf));
  const differing = expected.split("\n").filter((line) => !lines.has(line)).map(pathOf);
  return new OtherFiles(differing.filter((path) => !paths.has(path)), differing.filter((path) => paths.has(path)));
}

/** A line is bytes, time and path. */
function pathOf(line: string): string {
  return line.split(" ").slice(2).join(" ");
}
