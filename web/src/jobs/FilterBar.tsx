import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "wouter";

import type { Job } from "../api/jobs";
import { buttonClass } from "../ui/Button";
import { classes } from "../ui/classes";
import { useFormat } from "../ui/useFormat";
import styles from "./FilterBar.module.css";
import { choicesOf, countOf, type Shown, shownName } from "./filters";
import type { Selecting } from "./useSelection";

interface Props {
  job: Job;
  shown: Shown;
  onShow: (shown: Shown) => void;
  selection: Selecting;
}

/** Which pictures are shown, with the sums of each kind; sticks to the top of the window. */
export function FilterBar({ job, shown, onShow, selection }: Props) {
  const { t } = useLingui();
  return (
    <div className={styles.bar}>
      <div className={styles.filters} role="group" aria-label={t`Show`}>
        {choicesOf(job, shown).map((choice) => (
          <Choice
            key={choice}
            job={job}
            choice={choice}
            isCurrent={choice === shown}
            onClick={() => {
              onShow(choice);
            }}
          />
        ))}
      </div>
      <SelectAll count={countOf(job, shown)} selection={selection} />
      {job.counts.succeeded > 0 && (
        <Link to={`/jobs/${job.id}/review`} className={buttonClass()}>
          <Trans>Review</Trans>
        </Link>
      )}
    </div>
  );
}

function Choice({ job, choice, isCurrent, onClick }: { job: Job; choice: Shown; isCurrent: boolean; onClick: () => void }) {
  const format = useFormat();
  // As wide as it may become, so that a count that grows moves nothing.
  const width = `${format.number(job.items ?? 0).length}ch`;
  return (
    <button
      type="button"
      className={classes(styles.choice, isCurrent && styles.current)}
      aria-pressed={isCurrent}
      onClick={onClick}
    >
      {shownName(choice)}{" "}
      <span className={styles.count} style={{ minWidth: width }}>
        {format.number(countOf(job, choice))}
      </span>
    </button>
  );
}

/** A box that is checked when everything is, and half when something is. */
function SelectAll({ count, selection }: { count: number; selection: Selecting }) {
  const { size } = selection.indexes;
  return (
    <label className={styles.all}>
      <input
        type="checkbox"
        checked={size > 0 && size >= count}
        disabled={count === 0}
        ref={(box) => {
          if (box) box.indeterminate = size > 0 && size < count;
        }}
        onChange={() => {
          if (size > 0) selection.clear();
          else void selection.selectAll();
        }}
      />
      {size === 0 ? <Trans>Select all</Trans> : <Plural value={size} one="# selected" other="# selected" />}
    </label>
  );
}
