import { type Format, formatIn } from "./format";
import { useLocale } from "./useLocale";

const formats = new Map<string, Format>();

export function useFormat(): Format {
  const locale = useLocale();
  let format = formats.get(locale);
  if (!format) {
    format = formatIn(locale);
    formats.set(locale, format);
  }
  return format;
}
