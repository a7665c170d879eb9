import { expect, test } from "vitest";

import { preferredLanguage } from "./language";

test("the chosen language counts more than the browser's", () => {
  expect(preferredLanguage("en", ["de-AT"])).toBe("en");
});

test("without a choice it is the browser's first language that the page has", () => {
  expect(preferredLanguage(null, ["fr-FR", "de-AT", "en"])).toBe("de");
});

test("it is English for everybody else", () => {
  expect(preferredLanguage("xx", ["fr"])).toBe("en");
});
