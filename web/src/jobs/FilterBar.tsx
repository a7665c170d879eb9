import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "wouter";

import { isEnded, type Job } from "../api/jobs";
import { buttonClass } from "../ui/Button";
import { Sums } from "../ui/Sums";
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
  return (
    <div className={styles.bar}>
      <Sums
        kinds={choicesOf(job, shown)}
        nameOf={shownName}
        countOf={(kind) => countOf(job, kind)}
        most={isEnded(job) ? 0 : (job.items ?? 0)}
        current={shown}
        onChoose={onShow}
      />
      <SelectAll count={countOf(job, shown)} selection={selection} />
      {job.counts.succeeded > 0 && (
        <Link to={`/jobs/${job.id}/review`} className={buttonClass()}>
          <Trans>Review</Trans>
        </Link>
      )}
    </div>
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
