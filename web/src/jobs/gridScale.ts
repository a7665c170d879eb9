// Chrome lays out at most 2^25 device pixels, and phones have four to a pixel of CSS. A grid that is higher is drawn in less,
// and one pixel of scrolling moves it by more than one.
const MOST_PX = 8_000_000;

export interface GridScale {
  /** In the document. */
  height: number;
  /** Where in the whole grid the window is, from where the document is scrolled to. */
  toGrid: (offset: number) => number;
  toDocument: (offset: number) => number;
}

interface Sizes {
  total: number;
  /** Of the grid in the document; what is above it is not scaled. */
  top: number;
  window: number;
}

export function scaleOf({ total, top, window }: Sizes, most = MOST_PX): GridScale {
  const height = Math.min(total, most);
  const [grid, inDocument] = [total - window, height - window];
  if (height === total || inDocument <= 0) return { height, toGrid: (offset) => offset, toDocument: (offset) => offset };
  return { height, toGrid: stretched(top, inDocument, grid), toDocument: stretched(top, grid, inDocument) };
}

/** Of what is beyond `top`, so much becomes so much; the rest is moved. */
function stretched(top: number, from: number, to: number): (offset: number) => number {
  return (offset) => {
    const beyond = Math.max(0, offset - top);
    return offset - beyond + (beyond < from ? (beyond * to) / from : beyond + to - from);
  };
}
