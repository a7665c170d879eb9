import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import type { Item } from "../api/items";
import type { Job } from "../api/jobs";
import type { Judging } from "../api/verdicts";
import { Empty } from "../ui/states";
import { Compare } from "./Compare";
import { Judge } from "./Judge";
import styles from "./Picture.module.css";
import { afterOf, beforeOf } from "./renditions";
import { TakeOne } from "./TakeOne";
import { Unfinished } from "./Unfinished";
import { usePlace } from "./usePlace";
import { Variants } from "./Variants";

/** One picture: before and after, and what can be done about it. */
export function Picture({ job, item, judging }: { job: Job; item: Item; judging: Judging }) {
  const { t } = useLingui();
  const [variant, setVariant] = useState(1);
  const [start, keepPlace] = usePlace();
  const result = item.results.find((each) => each.variant === variant);
  if (!result) return <Unfinished item={item} />;

  const [before, after] = [beforeOf(item), afterOf(item, result)];
  return (
    <div className={styles.columns}>
      <div className={styles.seen}>
        {before && after ? (
          <Compare
            key={variant}
            size={result}
            before={before}
            after={after}
            start={start}
            onPlace={keepPlace}
            recolored={null}
            onPick={null}
            marks={() => null}
          />
        ) : (
          <Empty title={t`The result is finished`}>
            <p>
              <Trans>Browsers cannot show pictures of this format. Download it to see it.</Trans>
            </p>
          </Empty>
        )}
        <p className={styles.notice}>
          <Trans>Colorized by AI: the colors are simulated, not those of the day the picture was taken.</Trans>
        </p>
        {item.notes.map((note) => (
          <p key={note.code} className={styles.notice}>
            {note.detail}
          </p>
        ))}
      </div>
      <div className={styles.done}>
        <Judge job={job} item={item} judging={judging} />
        {item.results.length > 1 && <Variants results={item.results} value={variant} onChange={setVariant} />}
        <TakeOne item={item} result={result} />
      </div>
    </div>
  );
}
