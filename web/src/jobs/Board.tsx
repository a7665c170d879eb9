import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";

import type { Filter, Item } from "../api/items";
import type { Job } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { useJudging, type Verdict } from "../api/verdicts";
import { canJudge, VERDICT_KEYS, verdictName } from "../review/verdicts";
import styles from "./Board.module.css";
import { FilterBar } from "./FilterBar";
import type { Shown } from "./filters";
import { PictureGrid } from "./PictureGrid";
import { SelectionBar } from "./SelectionBar";
import { Tile, UnknownTile } from "./Tile";
import { useSelection } from "./useSelection";

interface Props {
  job: Job;
  shown: Shown;
  onShow: (shown: Shown) => void;
  /** Null: all. */
  filter?: Filter | null;
  count: number;
  itemAt: (position: number) => Item | undefined;
  indexAt: (position: number) => number | undefined;
  onSight: (first: number, last: number) => void;
  children?: ReactNode;
}

/** The grid with what can be done to its pictures: judge them one by one, select some. */
export function Board({ job, shown, onShow, filter = null, count, itemAt, indexAt, onSight, children }: Props) {
  const { t } = useLingui();
  const selection = useSelection(job, filter, indexAt);
  const judging = useJudging(job);
  const [news, setNews] = useState("");

  const judge = (item: Item, verdict: Verdict) => {
    const after = item.verdict === verdict ? null : verdict;
    judging.judge(item, after);
    const { name } = item;
    const word = after ? verdictName(after) : t`No verdict`;
    setNews(`${name}: ${word}`);
  };
  const onKey = (event: KeyboardEvent, position: number): boolean => {
    const key = event.key.toLowerCase();
    const hasControl = event.ctrlKey || event.metaKey;
    const item = itemAt(position);
    const verdict = VERDICT_KEYS[key];
    if (hasControl ? key === "z" : key === "u") {
      if (judging.undo() !== null) setNews(t`Undone`);
    } else if (hasControl) return false;
    else if (verdict) {
      if (canJudge(item)) judge(item, verdict);
    } else if (key === " " && !(event.target instanceof HTMLInputElement)) selection.toggle(position, event.shiftKey);
    else if (key === "escape" && selection.indexes.size > 0) selection.clear();
    else return false;
    return true;
  };

  return (
    <>
      <FilterBar job={job} shown={shown} onShow={onShow} selection={selection} />
      {judging.error && (
        <p role="alert" className={styles.problem}>
          <Trans>The verdict was not stored.</Trans> {sentenceOf(judging.error)}
        </p>
      )}
      <p className="visually-hidden" role="status">
        {news}
      </p>
      {children}
      {count > 0 && (
        <PictureGrid count={count} onSight={onSight} onKey={onKey}>
          {(position, isActive) => {
            const item = itemAt(position);
            if (!item) return <UnknownTile />;
            return (
              <Tile
                jobId={job.id}
                item={item}
                isActive={isActive}
                isSelected={selection.indexes.has(item.index)}
                onSelect={(isRange) => {
                  selection.toggle(position, isRange);
                }}
              />
            );
          }}
        </PictureGrid>
      )}
      {selection.indexes.size > 0 && <SelectionBar job={job} indexes={selection.indexes} onClear={selection.clear} />}
    </>
  );
}
