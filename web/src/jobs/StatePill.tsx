import { useLingui } from "@lingui/react";

import type { JobState } from "../api/jobs";
import { classes } from "../ui/classes";
import { stateName, stateTone } from "./states";
import styles from "./StatePill.module.css";

export function StatePill({ state }: { state: JobState }) {
  useLingui(); // So that it follows the language.
  return (
    <span className={classes(styles.pill, styles[stateTone(state)])}>
      <span className={styles.dot} aria-hidden="true" />
      {stateName(state)}
    </span>
  );
}
