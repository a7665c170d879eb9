// Lingui's macros (`t`, <Trans>, <Plural>) by Babel, because Vite 8 no longer runs Babel by itself, and the plugin that
// would (@rolldown/plugin-babel) needs Node 22.
import { transformAsync } from "@babel/core";
import type { Plugin } from "vite";

export function macros(): Plugin {
  return {
    name: "lingui-macros",
    enforce: "pre",
    async transform(code, id) {
      const path = id.split("?")[0] ?? id;
      if (!/\.tsx?$/.test(path) || path.includes("node_modules") || !code.includes("/macro\"")) return null;
      const result = await transformAsync(code, {
        filename: path,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: ["typescript", "jsx"] },
        plugins: ["@lingui/babel-plugin-lingui-macro"],
      });
      return result?.code ? { code: result.code, map: result.map ?? null } : null;
    },
  };
}
