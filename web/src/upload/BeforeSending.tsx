import { Plural, Trans, useLingui } from "@lingui/react/macro";

import { Button } from "../ui/Button";
import { useFormat } from "../ui/useFormat";
import type { Arrangement } from "./arrange";
import styles from "./BeforeSending.module.css";

const NAMED = 5;

interface Props {
  arrangement: Arrangement;
  onSend: () => void;
  onDiscard: () => void;
}

/** Files that were chosen twice, or share a path, are named before anything is sent. */
export function BeforeSending({ arrangement, onSend, onDiscard }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const bytes = format.bytes(arrangement.plans.reduce((sum, { source }) => sum + source.bytes, 0));
  return (
    <section className={styles.card} aria-label={t`Before it is sent`}>
      <ArrangementNotes arrangement={arrangement} />
      <div className={styles.actions}>
        <Button tone="primary" onClick={onSend}>
          <Trans>Send {bytes}</Trans>
        </Button>
        <Button tone="quiet" onClick={onDiscard}>
          <Trans>Do not send</Trans>
        </Button>
      </div>
    </section>
  );
}

/** What is not sent as it was chosen. */
export function ArrangementNotes({ arrangement }: { arrangement: Arrangement }) {
  const { duplicates, renamed, empty, clutter, plans } = arrangement;
  const files = useFormat().number(clutter);
  if (plans.length > 0 && duplicates.length + renamed.length + empty.length + clutter === 0) return null;
  return (
    <div className={styles.notes} role="status">
      {plans.length === 0 && (
        <p>
          <Trans>Nothing in there can be sent.</Trans>
        </p>
      )}
      {duplicates.length > 0 && (
        <p>
          <Trans>Chosen twice, sent once:</Trans> <Names names={duplicates} />
        </p>
      )}
      {renamed.length > 0 && (
        <p>
          <Trans>Different files with the same name get a number:</Trans> <Names names={renamed} />
        </p>
      )}
      {empty.length > 0 && (
        <p>
          <Trans>Empty, not sent:</Trans> <Names names={empty} />
        </p>
      )}
      {clutter > 0 && (
        <p>
          <Plural
            value={clutter}
            one={`${files} file of the system was left out.`}
            other={`${files} files of the system were left out, such as .DS_Store and Thumbs.db.`}
          />
        </p>
      )}
    </div>
  );
}

function Names({ names }: { names: readonly string[] }) {
  const others = useFormat().number(names.length - NAMED);
  const shown = names.slice(0, NAMED).join(", ");
  return names.length > NAMED ? <Trans>{shown} and {others} more</Trans> : shown;
}
