import { defineConfig } from "@lingui/cli";
import { formatter } from "@lingui/format-po";

export default defineConfig({
  sourceLocale: "en",
  locales: ["en", "de"],
  catalogs: [{ path: "src/locales/{locale}", include: ["src"] }],
  // Without line numbers, which would change with every edit.
  format: formatter({ lineNumbers: false }),
});
