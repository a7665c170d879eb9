import type { Verdict } from "../api/verdicts";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { useLocale } from "../ui/useLocale";
import styles from "./VerdictMark.module.css";
import { VERDICT_ICONS, verdictName } from "./verdicts";

/** A verdict as a small mark: by its shape as well as by its color. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  useLocale();
  return (
    <span className={classes(styles.mark, styles[verdict])} title={verdictName(verdict)}>
      <Icon name={VERDICT_ICONS[verdict]} />
      <span className="visually-hidden">{verdictName(verdict)}</span>
    </span>
  );
}
