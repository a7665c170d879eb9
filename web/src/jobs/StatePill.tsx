import type { JobState } from "../api/jobs";
import { classes } from "../ui/classes";
import { useLocale } from "../ui/useLocale";
import { stateName, stateTone } from "./states";
import styles from "./StatePill.module.css";

export function StatePill({ state }: { state: JobState }) {
  useLocale();
  return (
    <span className={classes(styles.pill, styles[stateTone(state)])}>
      <span className={styles.dot} aria-hidden="true" />
      {stateName(state)}
    </span>
  );
}
