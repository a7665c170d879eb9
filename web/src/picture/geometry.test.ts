import { expect, test } from "vitest";

import { placementOf, pointAt, visibleWidth, WHOLE } from "./geometry";

const LANDSCAPE = { width: 3000, height: 2000 };
const PANE = { width: 900, height: 900 };

test("a whole picture is in the middle of its pane", () => {
  expect(placementOf(PANE, LANDSCAPE, WHOLE)).toEqual({ width: 900, height: 600, left: 0, top: 150 });
});

test("a zoomed picture has its center in the pane's", () => {
  const placement = placementOf(PANE, LANDSCAPE, { zoom: 4, x: 0.25, y: 0.75 });

  expect(placement).toEqual({ width: 3600, height: 2400, left: -450, top: -1350 });
  expect(pointAt(placement, 450, 450)).toEqual({ x: 0.25, y: 0.75 });
});

test("a divider stays where there is picture", () => {
  const pane = { width: 1200, height: 400 };

  expect(visibleWidth(pane, placementOf(pane, LANDSCAPE, WHOLE))).toEqual({ from: 0.25, span: 0.5 });
  expect(visibleWidth(pane, placementOf(pane, LANDSCAPE, { ...WHOLE, zoom: 5 }))).toEqual({ from: 0, span: 1 });
  expect(visibleWidth({ width: 0, height: 0 }, { left: 0, top: 0, width: 0, height: 0 })).toEqual({ from: 0, span: 1 });
});

test("beside the picture there is no place in it", () => {
  const placement = placementOf(PANE, LANDSCAPE, WHOLE);

  expect(pointAt(placement, 450, 149)).toBeNull();
  expect(pointAt(placement, 0, 150)).toEqual({ x: 0, y: 0 });
});
