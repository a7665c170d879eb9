import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type Ref, useId, useState } from "react";
import { useLocation } from "wouter";

import { type Item, itemsFrom } from "../api/items";
import { type Job, MOST_DERIVED, useDeriveJob } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { keptSelection, type Selection } from "../jobs/selection";
import { VERDICTS, verdictName } from "../review/verdicts";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { optionsOf } from "./draft";
import styles from "./Picture.module.css";
import type { Recoloring } from "./useRecoloring";

interface Props {
  job: Job;
  item: Item;
  recoloring: Recoloring;
  ref: Ref<HTMLSelectElement>;
}

type Target = "this" | "selected" | "all" | (typeof VERDICTS)[number];

/** Makes a job with these colors, of this picture or of more. The job that is shown stays as it is. */
export function Apply({ job, item, recoloring: { draft, isOnlyHints, reset }, ref }: Props) {
  const { t } = useLingui();
  const id = useId();
  const [, navigate] = useLocation();
  const [target, setTarget] = useState<Target>("this");
  const [selection] = useState(() => keptSelection(job.id));
  const derive = useDeriveJob();
  const isForOne = target === "this";
  const losesHints = !isForOne && draft.hints.length > 0;
  const submit = useMutation({
    mutationFn: async () => {
      const items = await itemsOf(job, item, target, selection);
      return derive.mutateAsync({ job: job.id, items, options: optionsOf(job, draft, isForOne), labels: job.labels });
    },
    onSuccess: ({ id: made }) => {
      reset();
      navigate(`/jobs/${made}`);
    },
  });
  const judged = VERDICTS.filter((verdict) => job.verdicts[verdict] > 0 && job.verdicts[verdict] <= MOST_DERIVED);
  const [count, picked] = [job.items ?? 0, selection.size];
  const hasOthers = count > 1;
  return (
    <div className={styles.section}>
      <div className={form.field}>
        <label htmlFor={`${id}-target`}>
          <Trans>Colorize like this</Trans>
        </label>
        <select
          ref={ref}
          id={`${id}-target`}
          className={form.input}
          value={target}
          onChange={(event) => {
            setTarget(event.target.value as Target);
          }}
        >
          <option value="this">{t`This picture`}</option>
          {hasOthers && picked > 0 && picked <= MOST_DERIVED && <option value="selected">{t`Selected pictures: ${picked}`}</option>}
          {(hasOthers ? judged : []).map((verdict) => (
            <option key={verdict} value={verdict}>
              {verdictName(verdict)}: {job.verdicts[verdict]}
            </option>
          ))}
          {hasOthers && <option value="all">{t`All ${count} pictures`}</option>}
        </select>
      </div>
      {losesHints && (
        <p className={form.error} role="status">
          {isOnlyHints ? (
            <Trans>
              Hints belong to one picture, and nothing else was changed: the new job would look like this one. Choose
              “This picture”.
            </Trans>
          ) : (
            <Trans>
              Hints belong to one picture: the new job gets the other changes, but no hints, not even for this picture.
              To keep the hints, choose “This picture”.
            </Trans>
          )}
        </p>
      )}
      {submit.isError && (
        <p className={form.error} role="alert">
          {sentenceOf(submit.error)}
        </p>
      )}
      <div className={styles.buttons}>
        <Button
          tone="primary"
          disabled={submit.isPending || (losesHints && isOnlyHints)}
          onClick={() => {
            submit.mutate();
          }}
        >
          <Trans>Make a new job</Trans>
        </Button>
      </div>
      <p className={styles.notice}>
        <Trans>This job and its results stay as they are.</Trans>
      </p>
    </div>
  );
}

async function itemsOf(job: Job, item: Item, target: Target, selection: Selection): Promise<number[] | null> {
  if (target === "this") return [item.index];
  if (target === "selected") return [...selection];
  if (target === "all") return null;
  return (await itemsFrom(job, { verdict: target }, 0, MOST_DERIVED)).map(({ index }) => index);
}
