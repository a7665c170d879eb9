// The failures of a job as a file: names with reasons, in the page's language.
import { allIn, type Item } from "../api/items";
import type { Job } from "../api/jobs";
import { explainFailure } from "./failures";

const HEAD = ["index", "name", "code", "reason", "advice", "detail"];

/** Text that a spreadsheet would take for a formula is prefixed with `'`, as in the gateway's report. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const lineOf = (cells: readonly string[]) => `${cells.map(cell).join(",")}\r\n`;

export function linesOf(items: readonly Item[]): string {
  return items
    .flatMap(({ index, name, error }) => {
      if (!error) return [];
      const { what, todo } = explainFailure(error);
      return [lineOf([String(index), name, error.code, what, todo, error.detail])];
    })
    .join("");
}

/** Of failures there are few, so the tab's memory holds them. */
export async function saveFailures(job: Job): Promise<void> {
  const parts = [lineOf(HEAD)];
  for await (const page of allIn(job, { state: "failed" })) parts.push(linesOf(page));
  // Spreadsheets recognize UTF-8 by its mark.
  const address = URL.createObjectURL(new Blob(["\uFEFF", ...parts], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${job.id}-failures.csv`;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}
