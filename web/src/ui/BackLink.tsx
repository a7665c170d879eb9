import type { ReactNode } from "react";
import { Link } from "wouter";

import styles from "./BackLink.module.css";
import { Icon } from "./icons";

/** Above a title: to what this is a part of. */
export function BackLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <p>
      <Link to={to} className={styles.link}>
        <Icon name="arrowLeft" />
        <span>{children}</span>
      </Link>
    </p>
  );
}
