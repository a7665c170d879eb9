import { Trans, useLingui } from "@lingui/react/macro";
import { useId } from "react";

import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { colorName, PALETTE } from "./colors";
import styles from "./Hints.module.css";
import panel from "./Picture.module.css";
import type { Hinting } from "./useHinting";

/** The colors to choose from, for the next hint or for the selected one. */
export function Palette({ hinting: { selected, select, color, setColor } }: { hinting: Hinting }) {
  const { i18n } = useLingui();
  const id = useId();
  return (
    <div className={panel.section} role="radiogroup" aria-labelledby={id}>
      <div className={panel.line}>
        <span id={id} className={form.legend}>
          {selected === null ? <Trans>Color of the next hint</Trans> : <Trans>Color of hint {selected + 1}</Trans>}
          {color && `: ${colorName(color)}`}
        </span>
        {selected !== null && (
          <Button
            tone="quiet"
            onClick={() => {
              select(null);
            }}
          >
            <Trans>Done</Trans>
          </Button>
        )}
      </div>
      <div className={styles.palette}>
        {PALETTE.map((each) => (
          <input
            key={each.color}
            type="radio"
            name={id}
            className={styles.swatch}
            style={{ backgroundColor: each.color }}
            aria-label={i18n._(each.name)}
            title={i18n._(each.name)}
            checked={each.color === color}
            onChange={() => {
              setColor(each.color);
            }}
          />
        ))}
      </div>
    </div>
  );
}
