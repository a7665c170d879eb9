// Where a picture is in its pane. Everything that is drawn over a picture is placed by this.
export interface Size {
  width: number;
  height: number;
}

/** A place in the picture: 0 at the left and upper edge, 1 at the right and lower. */
export interface Point {
  x: number;
  y: number;
}

/** What a pane shows: the center, and how much larger than when all of it fits. */
export interface View extends Point {
  zoom: number;
}

/** In pixels of the pane. */
export interface Placement extends Size {
  left: number;
  top: number;
}

export const WHOLE: View = { zoom: 1, x: 0.5, y: 0.5 };
/** Springs and rounding end near 1, not at it. */
const ALMOST_WHOLE = 1.01;

export function isZoomed({ zoom }: View): boolean {
  return zoom > ALMOST_WHOLE;
}

export function placementOf(pane: Size, picture: Size, view: View): Placement {
  const scale = Math.min(pane.width / picture.width, pane.height / picture.height) * view.zoom;
  const [width, height] = [picture.width * scale, picture.height * scale];
  return { width, height, left: pane.width / 2 - view.x * width, top: pane.height / 2 - view.y * height };
}

/** The part of the pane's width in which there is picture, as shares of the pane. */
export function visibleWidth(pane: Size, { left, width }: Placement): { from: number; span: number } {
  if (pane.width <= 0) return { from: 0, span: 1 };
  const from = Math.max(0, left);
  const to = Math.min(pane.width, left + width);
  return { from: from / pane.width, span: Math.max(0, to - from) / pane.width };
}

export function pointAt(placement: Placement, left: number, top: number): Point | null {
  const point = { x: (left - placement.left) / placement.width, y: (top - placement.top) / placement.height };
  return isInside(point) ? point : null;
}

export function isInside({ x, y }: Point): boolean {
  return x >= 0 && x <= 1 && y >= 0 && y <= 1;
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
