import { useLingui } from "@lingui/react/macro";

import { classes } from "./classes";
import styles from "./Sums.module.css";
import { useFormat } from "./useFormat";

interface Props<Kind extends string> {
  kinds: readonly Kind[];
  nameOf: (kind: Kind) => string;
  countOf: (kind: Kind) => number;
  /** No count gets higher. */
  most: number;
  current: Kind;
  onChoose: (kind: Kind) => void;
}

/** How many there are of each kind; choosing one shows those. */
export function Sums<Kind extends string>({ kinds, nameOf, countOf, most, current, onChoose }: Props<Kind>) {
  const { t } = useLingui();
  const { number } = useFormat();
  return (
    <div className={styles.sums} role="group" aria-label={t`Show`}>
      {kinds.map((kind) => (
        <button
          key={kind}
          type="button"
          className={classes(styles.choice, kind === current && styles.current)}
          data-widest={`${nameOf(kind)} ${number(most)}`}
          aria-pressed={kind === current}
          onClick={() => {
            onChoose(kind);
          }}
        >
          {nameOf(kind)} {number(countOf(kind))}
        </button>
      ))}
    </div>
  );
}
