import { Trans } from "@lingui/react/macro";

import styles from "./PreviewNote.module.css";

interface Props {
  /** To where these colors become a job. */
  onKeep: () => void;
  onDiscard: () => void;
}

/** On the picture while it is shown in colors that are not stored: what it is, and what to do with it. */
export function PreviewNote({ onKeep, onDiscard }: Props) {
  return (
    <p className={styles.note}>
      <Trans>Preview</Trans>
      <button type="button" className={styles.act} onClick={onKeep}>
        <Trans>Keep…</Trans>
      </button>
      <button type="button" className={styles.act} onClick={onDiscard}>
        <Trans>Discard</Trans>
      </button>
    </p>
  );
}
