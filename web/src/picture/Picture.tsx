import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useRef, useState } from "react";

import type { Item, Result } from "../api/items";
import type { Job } from "../api/jobs";
import type { Judging } from "../api/verdicts";
import { Empty } from "../ui/states";
import { Compare } from "./Compare";
import { HintMarks } from "./HintMarks";
import { Judge } from "./Judge";
import styles from "./Picture.module.css";
import { PreviewNote } from "./PreviewNote";
import { Recolor } from "./Recolor";
import { afterOf, beforeOf } from "./renditions";
import { TakeOne } from "./TakeOne";
import { Unfinished } from "./Unfinished";
import { usePlace } from "./usePlace";
import { useRecoloring } from "./useRecoloring";
import { Variants } from "./Variants";

/** One picture: before and after, and what can be done about it. */
export function Picture({ job, item, judging }: { job: Job; item: Item; judging: Judging }) {
  const [variant, setVariant] = useState(1);
  const result = item.results.find((each) => each.variant === variant);
  if (!result) return <Unfinished item={item} />;
  return (
    <Colorized key={variant} job={job} item={item} result={result}>
      <Judge job={job} item={item} judging={judging} />
      {item.results.length > 1 && <Variants results={item.results} value={variant} onChange={setVariant} />}
    </Colorized>
  );
}

interface Props {
  job: Job;
  item: Item;
  result: Result;
  children: ReactNode;
}

function Colorized({ job, item, result, children }: Props) {
  const { t } = useLingui();
  const [start, keepPlace] = usePlace();
  const recoloring = useRecoloring(job, item, result);
  const { draft, hinting } = recoloring;
  const [before, after] = [beforeOf(item), afterOf(item, result)];
  const apply = useRef<HTMLSelectElement>(null);
  const keep = async () => {
    if (document.fullscreenElement) await document.exitFullscreen();
    apply.current?.scrollIntoView({ block: "center" });
    apply.current?.focus({ preventScroll: true });
  };
  return (
    <div className={styles.columns}>
      <div className={styles.seen}>
        {before && after ? (
          <Compare
            size={result}
            before={before}
            after={after}
            start={start}
            onPlace={keepPlace}
            recolored={recoloring.picture}
            note={recoloring.picture && <PreviewNote onKeep={() => void keep()} onDiscard={recoloring.reset} />}
            onPick={hinting.add}
            marks={(placement) => <HintMarks hints={draft.hints} hinting={hinting} placement={placement} />}
          />
        ) : (
          <Empty title={t`The result is ready`}>
            <p>
              <Trans>Browsers cannot show this format. Download the picture to see it.</Trans>
            </p>
          </Empty>
        )}
        <p className={styles.notice}>
          <Trans>Colorized by AI: the colors are simulated and may not match the real ones.</Trans>
        </p>
        {item.notes.map((note) => (
          <p key={note.code} className={styles.notice}>
            {note.detail}
          </p>
        ))}
      </div>
      <div className={styles.done}>
        <h2>{recoloring.isChanged ? t`Stored result` : t`Result`}</h2>
        {children}
        <TakeOne item={item} result={result} />
        {item.links.source_preview && <Recolor job={job} item={item} recoloring={recoloring} apply={apply} />}
      </div>
    </div>
  );
}
