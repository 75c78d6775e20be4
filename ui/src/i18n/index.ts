// Sets up i18next with the one language there is. Holds no strings: they live in en.json.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

// Plural rules come from Intl. A bare container reports the language "C", which Intl refuses,
// so the language is set here and never taken from the machine.
void i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: en } },
  interpolation: { escapeValue: false },
  returnNull: false,
});

/** Translates outside React (sentences built by plain functions). */
export const t = i18next.t.bind(i18next);

/** Whether there are words for a key that is made up of what the store said. */
export function i18nHas(key: string): boolean {
  return i18next.exists(key);
}
