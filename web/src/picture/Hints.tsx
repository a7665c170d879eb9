import { Trans, useLingui } from "@lingui/react/macro";

import type { Hint } from "../api/recolor";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { colorName } from "./colors";
import styles from "./Hints.module.css";
import { Palette } from "./Palette";
import panel from "./Picture.module.css";
import type { Hinting } from "./useHinting";

/** The hints of a picture as a list, and the colors to choose from. */
export function Hints({ hints, hinting }: { hints: readonly Hint[]; hinting: Hinting }) {
  const { t } = useLingui();
  const { selected, isAdding, setIsAdding, add } = hinting;
  return (
    <div className={panel.section} role="group" aria-label={t`Hints`}>
      <div className={panel.buttons}>
        <Button
          aria-pressed={isAdding}
          onClick={() => {
            setIsAdding(!isAdding);
          }}
        >
          <Trans>Add hints</Trans>
        </Button>
        {add && (
          <Button
            tone="quiet"
            onClick={() => {
              add({ x: 0.5, y: 0.5 });
            }}
          >
            <Trans>Hint in the middle</Trans>
          </Button>
        )}
      </div>
      <p className={panel.notice} role="status">
        {selected !== null ? (
          <Trans>Choose another color, or drag the hint. The arrow keys move it, too.</Trans>
        ) : !isAdding ? (
          <Trans>A hint sets the color of one place; the rest is colored to match. Brightness stays as it is.</Trans>
        ) : add ? (
          <Trans>Now click where the picture should have this color.</Trans>
        ) : (
          <Trans>First choose a color, then click a place in the picture.</Trans>
        )}
      </p>
      {(isAdding || selected !== null) && <Palette hinting={hinting} />}
      <ol className={styles.list}>
        {hints.map((hint, index) => (
          <HintLine key={index} hint={hint} index={index} hinting={hinting} />
        ))}
      </ol>
    </div>
  );
}

function HintLine({ hint, index, hinting }: { hint: Hint; index: number; hinting: Hinting }) {
  const { t } = useLingui();
  const { selected, select, change, remove } = hinting;
  const isSelected = index === selected;
  const name = colorName(hint.color);
  return (
    <li className={styles.hint} data-selected={isSelected ? "" : undefined}>
      <input
        className={styles.color}
        type="color"
        value={hint.color}
        aria-label={t`Any color for hint ${index + 1}`}
        onChange={(event) => {
          change(index, { color: event.target.value });
        }}
      />
      <span className={styles.name}>
        <Button
          tone="quiet"
          aria-pressed={isSelected}
          onClick={() => {
            select(isSelected ? null : index);
          }}
        >
          <Trans>
            Hint {index + 1}: {name}
          </Trans>
        </Button>
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
  );
}
