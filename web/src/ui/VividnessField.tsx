import { Trans } from "@lingui/react/macro";
import { useId } from "react";

import form from "./Form.module.css";
import { useFormat } from "./useFormat";

interface Props {
  value: number;
  onChange: (value: number) => void;
  help?: string;
}

/** How strong colors are. */
export function VividnessField({ value, onChange, help }: Props) {
  const { number } = useFormat();
  const id = useId();
  return (
    <div className={form.field}>
      <label htmlFor={id}>
        <Trans>Vividness</Trans> <output className={form.value}>{number(value)}</output>
      </label>
      <input
        id={id}
        className={form.range}
        type="range"
        min={0}
        max={1.5}
        step={0.1}
        value={value}
        aria-describedby={help ? `${id}-help` : undefined}
        aria-valuetext={number(value)}
        onChange={(event) => {
          onChange(Number(event.target.value));
        }}
      />
      {help && (
        <p id={`${id}-help`} className={form.help}>
          {help}
        </p>
      )}
    </div>
  );
}
