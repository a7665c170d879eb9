// Prints the JavaScript and CSS that a first visit loads, compressed, and fails above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 150;
const dist = new URL("../dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf8");
const paths = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]);
const sizes = paths.map((path) => ({ path, bytes: gzipSync(readFileSync(new URL(path, dist)), { level: 9 }).length }));

for (const { path, bytes } of sizes) console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${path}`);
const scripts = sizes.filter(({ path }) => path.endsWith(".js")).reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
console.log(`${scripts.toFixed(1).padStart(8)} kB  of JavaScript in the first load, gzipped; the budget is ${BUDGET_KB} kB`);
if (scripts > BUDGET_KB) {
  console.error("The first load exceeds its budget. Load what it does not need later, with import().");
  process.exit(1);
}
