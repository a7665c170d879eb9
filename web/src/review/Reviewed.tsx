import { Trans, useLingui } from "@lingui/react/macro";
import { useRef, useState } from "react";
import { Link } from "wouter";

import { type Item, pictureOf } from "../api/items";
import type { Job } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import type { Judging, Verdict } from "../api/verdicts";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { useKeys } from "../ui/useKeys";
import { type Queue, useAhead } from "./queue";
import styles from "./Reviewed.module.css";
import { ReviewPicture } from "./ReviewPicture";
import type { Walking } from "./useWalk";
import { VerdictButtons } from "./VerdictButtons";
import { verdictName } from "./verdicts";

interface Props {
  job: Job;
  queue: Queue;
  item: Item;
  judging: Judging;
  walking: Walking;
}

/** One result under review. A verdict leads to the next one; so does going on without. */
export function Reviewed({ job, queue, item, judging, walking }: Props) {
  const { t } = useLingui();
  const [original, setOriginal] = useState<number | null>(null);
  const [news, setNews] = useState("");
  const { index, name } = item;
  const isOriginal = original === index;
  useAhead(job, queue, index, pictureOf);

  // A second key, before the next picture is there, is not about this one.
  const isLeaving = useRef(false);
  const goOn = async () => {
    if (isLeaving.current) return;
    isLeaving.current = true;
    try {
      await walking.goOn();
    } finally {
      isLeaving.current = false;
    }
  };
  const judge = (verdict: Verdict) => {
    if (isLeaving.current) return;
    judging.judge(item, verdict);
    const word = verdictName(verdict);
    setNews(`${name}: ${word}`);
    void goOn();
  };
  const undo = () => {
    if (walking.undo()) setNews(t`Undone`);
  };
  const goBack = () => void walking.goBack();
  const toggleOriginal = () => {
    setOriginal(isOriginal ? null : index);
  };
  useKeys({
    a: () => { judge("accepted"); },
    r: () => { judge("rejected"); },
    f: () => { judge("flagged"); },
    u: undo,
    "ctrl+z": undo,
    o: toggleOriginal,
    " ": () => void goOn(),
    arrowright: () => void goOn(),
    arrowleft: goBack,
  });
  return (
    <article className={styles.reviewed} aria-label={name}>
      <ReviewPicture key={index} item={item} isOriginal={isOriginal} />
      <div className={styles.bar}>
        <h2 className={styles.name}>
          <Link to={`/jobs/${job.id}/pictures/${index}`}>{name}</Link>
        </h2>
        <div className={styles.verdicts}>
          <VerdictButtons
            item={item}
            onJudge={(verdict) => {
              if (verdict) judge(verdict);
              else judging.judge(item, null);
            }}
          />
        </div>
        <div className={styles.moves}>
          <Button aria-label={t`Back`} aria-keyshortcuts="ArrowLeft" onClick={goBack}>
            <Icon name="arrowLeft" />
          </Button>
          <Button aria-keyshortcuts="Space ArrowRight" onClick={() => void goOn()}>
            <Trans>Skip</Trans>
            <Icon name="arrowRight" />
          </Button>
          <Button aria-keyshortcuts="U Control+Z" disabled={!judging.canUndo} onClick={undo}>
            <Trans>Undo</Trans>
          </Button>
          <span className={styles.switch}>
            <Button aria-pressed={isOriginal} aria-keyshortcuts="O" onClick={toggleOriginal}>
              <Trans>Show original</Trans>
            </Button>
          </span>
        </div>
        {judging.error && (
          <p role="alert" className={styles.problem}>
            <Trans>The verdict was not stored.</Trans> {sentenceOf(judging.error)}
          </p>
        )}
        <p className={styles.keys}>
          <Trans>Keys: A accept, R reject, F flag, Space skip, ← back, → forward, U undo, O original</Trans>
        </p>
      </div>
      <p className="visually-hidden" role="status">
        {news}
      </p>
    </article>
  );
}
