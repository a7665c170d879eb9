import type { ReactNode, RefObject } from "react";

import styles from "./Compare.module.css";
import type { Placement } from "./geometry";

interface Props {
  side: "before" | "after";
  label: string;
  preview: string;
  placement: Placement;
  /** Where the full picture is drawn, over the preview. */
  host: RefObject<HTMLDivElement | null>;
  children?: ReactNode;
}

export function Pane({ side, label, preview, placement, host, children }: Props) {
  return (
    <div className={styles.pane} data-side={side}>
      <img className={styles.picture} style={{ ...placement }} src={preview} alt={label} draggable={false} />
      <div className={styles.host} ref={host} />
      {children}
      <span className={styles.label} aria-hidden="true">
        {label}
      </span>
    </div>
  );
}
