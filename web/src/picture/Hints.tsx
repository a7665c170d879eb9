import { Trans, useLingui } from "@lingui/react/macro";

import type { Hint } from "../api/recolor";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import styles from "./Hints.module.css";
import { Palette } from "./Palette";
import panel from "./Picture.module.css";
import type { Hinting } from "./useRecoloring";

interface Props {
  hints: readonly Hint[];
  hinting: Hinting;
  lightness: number;
}

/** The hints of a picture as a list, and the colors to choose from. */
export function Hints({ hints, hinting, lightness }: Props) {
  const { t } = useLingui();
  const { selected, select, color, setColor, isPicking, setIsPicking, add, change, remove } = hinting;
  return (
    <div className={panel.section} role="group" aria-label={t`Hints`}>
      <div className={panel.buttons}>
        <Button
          aria-pressed={isPicking}
          onClick={() => {
            setIsPicking(!isPicking);
          }}
        >
          <Trans>Set hints</Trans>
        </Button>
        <Button
          tone="quiet"
          onClick={() => {
            add({ x: 0.5, y: 0.5 });
          }}
        >
          <Trans>Hint in the middle</Trans>
        </Button>
      </div>
      <p className={panel.notice}>
        {isPicking ? (
          <Trans>Click where the picture should have this color.</Trans>
        ) : (
          <Trans>A hint says which color a place has; the rest follows. Only hue and saturation count.</Trans>
        )}
      </p>
      {(isPicking || selected !== null) && <Palette value={color} lightness={lightness} onChange={setColor} />}
      <ol className={styles.list}>
        {hints.map((hint, index) => (
          <li key={index} className={styles.hint} data-selected={index === selected ? "" : undefined}>
            <input
              className={styles.color}
              type="color"
              value={hint.color}
              aria-label={t`Color of hint ${index + 1}`}
              onFocus={() => {
                select(index);
              }}
              onChange={(event) => {
                change(index, { color: event.target.value });
              }}
            />
            <span className={styles.name}>
              <Trans>Hint {index + 1}</Trans>
            </span>
            <Button
              tone="quiet"
              aria-label={t`Remove hint ${index + 1}`}
              onClick={() => {
                remove(index);
              }}
            >
              <Icon name="close" />
            </Button>
          </li>
        ))}
      </ol>
    </div>
  );
}
