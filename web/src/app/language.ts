// The page's language: the chosen one, else the browser's, else English. A catalog is loaded when it is needed.
import { i18n } from "@lingui/core";

import { messages as english } from "../locales/en.po";
import { preference, setPreference } from "./preferences";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

export function isLanguage(code: string): code is Language {
  return code in LANGUAGES;
}

export function preferredLanguage(chosen: string | null, ofBrowser: readonly string[]): Language {
  const codes = [chosen, ...ofBrowser].map((code) => code?.split("-")[0] ?? "");
  return codes.find(isLanguage) ?? "en";
}

/** Texts stay in the former language if the catalog cannot be loaded. */
export async function activateLanguage(language: Language): Promise<void> {
  const messages = language === "en" ? english : (await import("../locales/de.po")).messages;
  i18n.loadAndActivate({ locale: language, messages });
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language): Promise<void> {
  setPreference("language", language);
  await activateLanguage(language);
}

export async function startLanguage(): Promise<void> {
  i18n.loadAndActivate({ locale: "en", messages: english });
  await activateLanguage(preferredLanguage(preference("language"), navigator.languages)).catch(() => undefined);
}
