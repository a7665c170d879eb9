import { Trans, useLingui } from "@lingui/react/macro";
import { useLocation } from "wouter";

import type { Item } from "../api/items";
import type { Job } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import type { Judging, Verdict } from "../api/verdicts";
import { VERDICT_KEYS, verdictName } from "../review/verdicts";
import { VerdictButtons } from "../review/VerdictButtons";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { useFormat } from "../ui/useFormat";
import { useKeys } from "../ui/useKeys";
import styles from "./Picture.module.css";

/** Accept, reject or flag by button or key. Undo goes to the picture that it changes. */
export function Judge({ job, item, judging }: { job: Job; item: Item; judging: Judging }) {
  const { t } = useLingui();
  const { ago } = useFormat();
  const [, navigate] = useLocation();
  const { judge, undo, canUndo, error } = judging;
  const give = (verdict: Verdict) => () => {
    judge(item, item.verdict === verdict ? null : verdict);
  };
  const takeBack = () => {
    const index = undo();
    if (index !== null && index !== item.index) navigate(`/jobs/${job.id}/pictures/${index}`, { replace: true });
  };
  useKeys({
    ...Object.fromEntries(Object.entries(VERDICT_KEYS).map(([key, verdict]) => [key, give(verdict)])),
    u: takeBack,
    "ctrl+z": takeBack,
  });
  return (
    <section className={styles.section} aria-label={t`Verdict`}>
      <VerdictButtons
        item={item}
        onJudge={(verdict) => {
          judge(item, verdict);
        }}
      />
      <div className={styles.line}>
        {error ? (
          <p className={form.error} role="alert">
            {sentenceOf(error)}
          </p>
        ) : (
          <p className={styles.notice} role="status">
            {item.verdict ? verdictName(item.verdict) : t`Not reviewed yet.`}
            {item.verdict && item.judged && ` ${ago(item.judged.at)}`}
          </p>
        )}
        <Button tone="quiet" aria-keyshortcuts="U" title="U" disabled={!canUndo} onClick={takeBack}>
          <Trans>Undo</Trans>
        </Button>
      </div>
    </section>
  );
}
