import { Trans, useLingui } from "@lingui/react/macro";
import { type RefObject, useId } from "react";

import type { Item } from "../api/items";
import type { Job } from "../api/jobs";
import { useModels } from "../api/models";
import { sentenceOf } from "../api/problems";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { Icon } from "../ui/icons";
import { VividnessField } from "../ui/VividnessField";
import { Apply } from "./Apply";
import { withSeed } from "./draft";
import { Hints } from "./Hints";
import styles from "./Picture.module.css";
import type { Recoloring } from "./useRecoloring";

interface Props {
  job: Job;
  item: Item;
  recoloring: Recoloring;
  /** What begins the making of a job. */
  apply: RefObject<HTMLSelectElement | null>;
}

/** Other colors for this picture, seen at once; then a job of their own for it or for others. */
export function Recolor({ job, item, recoloring, apply }: Props) {
  const { t } = useLingui();
  const id = useId();
  const { draft, set } = recoloring;
  const takesHints = useTakesHints(job);
  const coloring = draft.seed + 1;
  return (
    <section className={styles.panel} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        <Trans>Other colors</Trans>
      </h2>
      <VividnessField
        value={draft.vividness}
        onChange={(vividness) => {
          set({ ...draft, vividness });
        }}
      />
      <div className={styles.line} role="group" aria-label={t`Coloring`}>
        <Button
          aria-label={t`Previous coloring`}
          disabled={draft.seed === 0}
          onClick={() => {
            set(withSeed(draft, draft.seed - 1));
          }}
        >
          <Icon name="arrowLeft" />
        </Button>
        <span>{draft.seed === 0 ? <Trans>Most likely colors</Trans> : <Trans>Coloring {coloring}</Trans>}</span>
        <Button
          aria-label={t`Next coloring`}
          onClick={() => {
            set(withSeed(draft, draft.seed + 1));
          }}
        >
          <Icon name="arrowRight" />
        </Button>
      </div>
      {takesHints && <Hints hints={draft.hints} hinting={recoloring.hinting} />}
      <Outcome recoloring={recoloring} />
      {recoloring.isChanged && <Apply ref={apply} job={job} item={item} recoloring={recoloring} />}
    </section>
  );
}

function Outcome({ recoloring: { isChanged, isBusy, error, retry, reset } }: { recoloring: Recoloring }) {
  if (error) {
    return (
      <div role="alert">
        <p className={form.error}>{sentenceOf(error)}</p>
        <div className={styles.buttons}>
          <Button onClick={retry}>
            <Trans>Try again</Trans>
          </Button>
          <Button onClick={reset}>
            <Trans>Discard</Trans>
          </Button>
        </div>
      </div>
    );
  }
  return (
    <p className={styles.notice} role="status">
      {isBusy ? <Trans>Coloring…</Trans> : isChanged && <Trans>A small preview: nothing is stored yet.</Trans>}
    </p>
  );
}

function useTakesHints({ options }: Job): boolean {
  const models = useModels().data?.data ?? [];
  return models.find(({ id, default: isDefault }) => (options.model ? id === options.model : isDefault))?.hints ?? false;
}
