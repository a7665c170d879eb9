import { Trans, useLingui } from "@lingui/react/macro";
import { useId } from "react";

import type { Schema } from "../api/client";
import { useModels } from "../api/models";
import form from "../ui/Form.module.css";
import { VividnessField } from "../ui/VividnessField";
import styles from "./OptionFields.module.css";
import type { Terms } from "./submission";

type ResultFormat = Schema<"ResultFormat">;

export interface ChosenOptions {
  vividness: number;
  format: ResultFormat;
  /** Empty: the service's default. */
  model: string;
  labels: string;
}

export const DEFAULTS: ChosenOptions = { vividness: 1, format: "same", model: "", labels: "" };
const FORMATS: readonly ResultFormat[] = ["same", "jpeg", "png", "tiff", "webp", "avif"];

export function termsOf({ vividness, format, model, labels }: ChosenOptions): Terms {
  const names = labels.split(",").map((label) => label.trim()).filter(Boolean);
  return {
    options: { vividness, format, ...(model ? { model } : {}) },
    ...(names.length > 0 ? { labels: [...new Set(names)] } : {}),
  };
}

interface Props {
  value: ChosenOptions;
  onChange: (value: ChosenOptions) => void;
  isOpen?: boolean;
}

/** What the next job gets. The defaults are right for most, so they are folded away. */
export function OptionFields({ value, onChange, isOpen = false }: Props) {
  const { t } = useLingui();
  const id = useId();
  const models = useModels().data?.data ?? [];
  const change = (part: Partial<ChosenOptions>) => {
    onChange({ ...value, ...part });
  };
  return (
    <details className={styles.details} open={isOpen}>
      <summary className={styles.summary}>
        <Trans>Options for the next job</Trans>
      </summary>
      <div className={styles.fields}>
        <VividnessField
          value={value.vividness}
          help={t`0 is cautious, 1 as learned, 1.5 vivid.`}
          onChange={(vividness) => {
            change({ vividness });
          }}
        />
        <div className={form.field}>
          <label htmlFor={`${id}-format`}>
            <Trans>Format of the results</Trans>
          </label>
          <select
            id={`${id}-format`}
            className={form.input}
            value={value.format}
            onChange={(event) => {
              change({ format: FORMATS.find((format) => format === event.target.value) ?? "same" });
            }}
          >
            {FORMATS.map((format) => (
              <option key={format} value={format}>
                {format === "same" ? t`As each scan` : format.toUpperCase()}
              </option>
            ))}
          </select>
        </div>
        {models.length > 1 && (
          <div className={form.field}>
            <label htmlFor={`${id}-model`}>
              <Trans>Model</Trans>
            </label>
            <select
              id={`${id}-model`}
              className={form.input}
              value={value.model}
              onChange={(event) => {
                change({ model: event.target.value });
              }}
            >
              <option value="">{t`The service's default`}</option>
              {models.map(({ id: name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </div>
        )}
        <div className={form.field}>
          <label htmlFor={`${id}-labels`}>
            <Trans>Labels</Trans>
          </label>
          <input
            id={`${id}-labels`}
            className={form.input}
            value={value.labels}
            placeholder="fonds=1931, glass plates"
            aria-describedby={`${id}-labels-help`}
            onChange={(event) => {
              change({ labels: event.target.value });
            }}
          />
          <p id={`${id}-labels-help`} className={form.help}>
            <Trans>To find the job again. Separate them with commas.</Trans>
          </p>
        </div>
      </div>
    </details>
  );
}
