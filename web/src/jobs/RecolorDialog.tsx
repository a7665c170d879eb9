import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useLocation } from "wouter";

import type { Schema } from "../api/client";
import { type Job, MOST_DERIVED, useDeriveJob } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { Button } from "../ui/Button";
import { Dialog, DialogActions } from "../ui/Dialog";
import { type ChosenOptions, DEFAULTS, OptionFields, termsOf } from "../upload/OptionFields";

type Options = Schema<"Options">;

interface Props {
  job: Job;
  /** Null: all of them. */
  items: readonly number[] | null;
  /** What the new job gets besides what is chosen here, and where the choice begins. */
  options?: Partial<Options>;
  onClose: () => void;
}

/** Another job of the same scans, with other options. This one stays as it is. */
export function RecolorDialog({ job, items, options = {}, onClose }: Props) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState<ChosenOptions>(() => choiceOf(job, options));
  const derive = useDeriveJob();
  const count = items?.length ?? job.items ?? 0;
  const isTooMany = items !== null && items.length > MOST_DERIVED && items.length < (job.items ?? 0);
  const submit = () => {
    const { labels = [], options: terms } = termsOf(chosen);
    const some = items !== null && items.length < (job.items ?? 0) ? items : null;
    derive.mutate(
      { job: job.id, items: some, options: { ...options, ...terms }, labels },
      {
        onSuccess: ({ id }) => {
          navigate(`/jobs/${id}`);
        },
      },
    );
  };
  return (
    <Dialog title={t`Recolor pictures`} onClose={onClose}>
      <p>
        <Plural
          value={count}
          one="# picture becomes a new job with these options. What you have stays as it is."
          other="# pictures become a new job with these options. What you have stays as it is."
        />
      </p>
      <OptionFields isOpen value={chosen} onChange={setChosen} />
      {isTooMany && (
        <p role="alert">
          <Trans>Select at most {MOST_DERIVED} pictures, or all.</Trans>
        </p>
      )}
      {derive.isError && <p role="alert">{sentenceOf(derive.error)}</p>}
      <DialogActions>
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button tone="primary" disabled={derive.isPending || isTooMany} onClick={submit}>
          <Trans>Recolor</Trans>
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function choiceOf(job: Job, { vividness, format, model }: Partial<Options>): ChosenOptions {
  const { labels } = job;
  return {
    ...DEFAULTS,
    vividness: vividness ?? job.options.vividness,
    format: format ?? job.options.format,
    model: model ?? "",
    labels: labels.join(", "),
  };
}
