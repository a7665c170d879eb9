import { Trans, useLingui } from "@lingui/react/macro";

import type { Result } from "../api/items";
import form from "../ui/Form.module.css";
import styles from "./Picture.module.css";

interface Props {
  results: readonly Result[];
  value: number;
  onChange: (variant: number) => void;
}

/** Which of several results is shown. */
export function Variants({ results, value, onChange }: Props) {
  const { t } = useLingui();
  return (
    <fieldset className={styles.section}>
      <legend className={form.legend}>
        <Trans>Variant</Trans>
      </legend>
      <div className={form.choices}>
        {results.map(({ variant }) => (
          <label key={variant} className={form.choice}>
            <input
              type="radio"
              name="variant"
              aria-label={t`Variant ${variant}`}
              checked={variant === value}
              onChange={() => {
                onChange(variant);
              }}
            />
            {variant}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
