import { Trans, useLingui } from "@lingui/react/macro";
import { useId, useState } from "react";

import { chooseLanguage, isLanguage, LANGUAGES } from "../app/language";
import { chooseTheme, chosenTheme, type Theme, THEMES } from "../app/theme";
import styles from "../ui/Form.module.css";

export function AppearanceSettings() {
  const { t, i18n } = useLingui();
  const [theme, setTheme] = useState(chosenTheme);
  const languageId = useId();
  const labels: Record<Theme, string> = { system: t`System`, light: t`Light`, dark: t`Dark` };
  return (
    <div className={styles.form}>
      <div className={styles.field}>
        <label htmlFor={languageId}>
          <Trans>Language</Trans>
        </label>
        <select
          id={languageId}
          className={styles.input}
          value={i18n.locale}
          onChange={(event) => {
            if (isLanguage(event.target.value)) void chooseLanguage(event.target.value);
          }}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <fieldset className={styles.field}>
        <legend className={styles.legend}>
          <Trans>Theme</Trans>
        </legend>
        <div className={styles.choices}>
          {THEMES.map((each) => (
            <label key={each} className={styles.choice}>
              <input
                type="radio"
                name="theme"
                checked={theme === each}
                onChange={() => {
                  chooseTheme(each);
                  setTheme(each);
                }}
              />
              {labels[each]}
            </label>
          ))}
        </div>
      </fieldset>
    </div>
  );
}
