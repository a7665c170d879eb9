// What a view shows instead of its content: nothing there yet, not loaded yet, not loadable.
import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";

import { isUnreachable, sentenceOf } from "../api/problems";
import { Button } from "./Button";
import { classes } from "./classes";
import { Icon } from "./icons";
import styles from "./states.module.css";

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.state}>
      <p className={styles.title}>{title}</p>
      {children}
    </div>
  );
}

/** Appears after a moment: what loads at once should not flicker. */
export function Loading() {
  return (
    <p className={classes(styles.state, styles.loading)} role="status">
      <Trans>Loading…</Trans>
    </p>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  return (
    <div className={styles.state} role="alert">
      <p className={styles.title}>
        <Icon name="failed" />{" "}
        {isUnreachable(error) ? <Trans>The gateway cannot be reached</Trans> : <Trans>This did not work</Trans>}
      </p>
      <p>{sentenceOf(error)}</p>
      {onRetry && (
        <Button onClick={onRetry}>
          <Icon name="retry" />
          <Trans>Try again</Trans>
        </Button>
      )}
    </div>
  );
}
