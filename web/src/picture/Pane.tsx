import type { RefObject } from "react";

import styles from "./Compare.module.css";
import type { Placement } from "./geometry";

interface Props {
  side: "before" | "after";
  label: string;
  /** Something else names it on the picture. */
  isNamed?: boolean;
  preview: string;
  /** Drawn over it, instead of it. */
  over?: string | null;
  placement: Placement;
  /** Where the full picture is drawn, over the preview. */
  host: RefObject<HTMLDivElement | null>;
}

export function Pane({ side, label, isNamed = false, preview, over = null, placement, host }: Props) {
  return (
    <div className={styles.pane} data-side={side}>
      <img className={styles.picture} style={{ ...placement }} src={preview} alt={over ? "" : label} draggable={false} />
      <div className={styles.host} ref={host} />
      {over && <img className={styles.picture} style={{ ...placement }} src={over} alt={label} />}
      {!isNamed && (
        <span className={styles.label} aria-hidden="true">
          {label}
        </span>
      )}
    </div>
  );
}
