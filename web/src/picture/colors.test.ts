import { i18n } from "@lingui/core";
import { expect, test } from "vitest";

import { colorName, PALETTE } from "./colors";

test("a color of the palette has a name, any other its number", () => {
  i18n.loadAndActivate({ locale: "en", messages: {} });

  expect(PALETTE.map(({ color }) => colorName(color)).every((name) => !name.startsWith("#"))).toBe(true);
  expect(colorName("#123456")).toBe("#123456");
});
