// Fails if a string of the page is missing in a catalog of src/locales/, or is no longer used, or is not translated.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, copyFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const locales = new URL("../src/locales/", import.meta.url).pathname;
const catalogs = readdirSync(locales).filter((name) => name.endsWith(".po"));
const aside = mkdtempSync(join(tmpdir(), "strings-"));
const stale = [];
for (const name of catalogs) copyFileSync(join(locales, name), join(aside, name));
try {
  execFileSync("npx", ["lingui", "extract", "--clean"], { stdio: "pipe" });
  for (const name of catalogs) {
    const strings = (folder) => readFileSync(join(folder, name), "utf8").replace(/"POT-Creation-Date:.*\n/, "");
    if (strings(locales) !== strings(aside)) stale.push(name);
  }
} finally {
  for (const name of catalogs) copyFileSync(join(aside, name), join(locales, name));
  rmSync(aside, { recursive: true });
}
if (stale.length > 0) {
  console.error(`Stale: ${stale.join(", ")}. Run \`npm run strings\` and translate what is new.`);
  process.exit(1);
}
const untranslated = catalogs.filter((name) => /^msgstr ""\n(?!")/m.test(readFileSync(join(locales, name), "utf8")));
if (untranslated.length > 0) {
  console.error(`Strings without a translation in ${untranslated.join(", ")}: each msgstr "" needs a text.`);
  process.exit(1);
}
