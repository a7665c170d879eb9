import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { compress } from "./build/compress.ts";
import { macros } from "./build/macros.ts";

const gateway = process.env.PHOTOCHROM_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [macros(), react(), lingui(), compress()],
  build: {
    target: "baseline-widely-available",
    // As data: URLs they would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // dist/.vite/license.md: of the packages in the bundle. Images have it beside those of Python's.
    license: true,
    // On a slow machine they fill the terminal of `make run`.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: { proxy: { "/v1": gateway } },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.ts"], environment: "node" },
});
