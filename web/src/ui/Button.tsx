import type { AnchorHTMLAttributes, ButtonHTMLAttributes } from "react";

import styles from "./Button.module.css";
import { classes } from "./classes";

export type Tone = "primary" | "plain" | "quiet" | "danger";

export function buttonClass(tone: Tone = "plain"): string {
  return classes(styles.button, styles[tone]);
}

export function Button({ tone = "plain", ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { tone?: Tone }) {
  return <button type="button" {...rest} className={buttonClass(tone)} />;
}

/** A link that looks like a button: for downloads, which are plain links. */
export function ButtonLink({
  tone = "plain",
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { tone?: Tone }) {
  return (
    <a {...rest} className={buttonClass(tone)}>
      {children}
    </a>
  );
}
