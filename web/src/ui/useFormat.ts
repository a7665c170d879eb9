import { useLingui } from "@lingui/react";

import { type Format, formatIn } from "./format";

const formats = new Map<string, Format>();

export function useFormat(): Format {
  const { locale } = useLingui().i18n;
  let format = formats.get(locale);
  if (!format) {
    format = formatIn(locale);
    formats.set(locale, format);
  }
  return format;
}
