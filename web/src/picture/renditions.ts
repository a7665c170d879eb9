// What a browser can show of an item's two pictures.
import { type Item, pictureOf, type Result } from "../api/items";
import type { Rendition } from "./useFullPicture";

/** Of scans only the name is known beforehand: it spares loading a large file that no browser shows. */
const UNSHOWABLE = /\.(tiff?|jp2|j2k|jpx|dng|heic|pdf)$/i;

export function beforeOf({ name, links }: Item): Rendition | null {
  const full = links.source && !UNSHOWABLE.test(name) ? links.source : null;
  const preview = links.source_preview ?? full;
  return preview ? { preview, full } : null;
}

export function afterOf(item: Item, result: Result): Rendition | null {
  const full = pictureOf({ ...item, result });
  // Previews are of the first variant.
  const preview = (result.variant === 1 ? item.links.preview : null) ?? full;
  return preview ? { preview, full } : null;
}
