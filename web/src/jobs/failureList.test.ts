import { i18n } from "@lingui/core";
import { beforeAll, expect, test } from "vitest";

import type { Item } from "../api/items";
import { linesOf } from "./failureList";

beforeAll(() => {
  i18n.loadAndActivate({ locale: "en", messages: {} });
});

const failed = (index: number, name: string, code: string, detail = "d") =>
  ({ index, name, error: { code, detail } }) as Item;

test("each failure is a line with its reason and what to do", () => {
  expect(linesOf([failed(3, "1931/Hafen.jpg", "empty_file")])).toBe(
    "3,1931/Hafen.jpg,empty_file,The file is empty.,Copy it again from where it came from.,d\r\n",
  );
});

test("quotes and commas stay in their cell, and nothing becomes a formula", () => {
  const [first, second] = linesOf([failed(0, 'a "b", c.jpg', "encrypted"), failed(1, "=1+1.jpg", "encrypted")]).split("\r\n");

  expect(first).toContain('0,"a ""b"", c.jpg",encrypted,');
  expect(second).toContain("1,'=1+1.jpg,encrypted,");
});

test("what has no error is no failure", () => {
  expect(linesOf([{ index: 0, name: "a", error: null } as Item])).toBe("");
});
