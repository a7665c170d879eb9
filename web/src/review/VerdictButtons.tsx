import type { Item } from "../api/items";
import type { Verdict } from "../api/verdicts";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { useLocale } from "../ui/useLocale";
import { VERDICT_ICONS, VERDICT_KEYS, verdictAction } from "./verdicts";
import styles from "./VerdictButtons.module.css";

interface Props {
  item: Item;
  /** Null: the verdict that it has is withdrawn. */
  onJudge: (verdict: Verdict | null) => void;
}

/** Accept, reject, flag: what an item has is pressed, and pressing it again withdraws it. */
export function VerdictButtons({ item, onJudge }: Props) {
  useLocale();
  return (
    <div className={styles.verdicts}>
      <div className={styles.buttons}>
        {Object.entries(VERDICT_KEYS).map(([key, verdict]) => (
          <span key={verdict} className={styles[verdict]}>
            <Button
              aria-pressed={item.verdict === verdict}
              aria-keyshortcuts={key.toUpperCase()}
              onClick={() => {
                onJudge(item.verdict === verdict ? null : verdict);
              }}
            >
              <Icon name={VERDICT_ICONS[verdict]} />
              <span className={styles.word}>{verdictAction(verdict)}</span>
              <kbd className={styles.key} aria-hidden="true">
                {key.toUpperCase()}
              </kbd>
            </Button>
          </span>
        ))}
      </div>
    </div>
  );
}
