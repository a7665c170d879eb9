import { useLingui } from "@lingui/react";

/** For components whose texts come from functions: they are rendered again when the language changes. */
export function useLocale(): string {
  return useLingui().i18n.locale;
}
