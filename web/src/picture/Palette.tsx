import { useLingui } from "@lingui/react/macro";

import styles from "./Hints.module.css";
import { PALETTE } from "./colors";

interface Props {
  value: string;
  /** CIE L* of the place that gets the color. */
  lightness: number;
  onChange: (color: string) => void;
}

export function Palette({ value, lightness, onChange }: Props) {
  const { t, i18n } = useLingui();
  return (
    <div className={styles.palette} role="group" aria-label={t`Color`} style={{ "--lightness": lightness }}>
      {PALETTE.map(({ color, name }) => (
        <button
          key={color}
          type="button"
          className={styles.swatch}
          style={{ "--color": color }}
          aria-label={i18n._(name)}
          title={i18n._(name)}
          aria-pressed={color === value}
          onClick={() => {
            onChange(color);
          }}
        />
      ))}
    </div>
  );
}
