import { type ReactNode, useEffect, useRef } from "react";

import { classes } from "../ui/classes";
import styles from "./Page.module.css";

interface Props {
  title: string;
  /** What stands above the title, such as a way back. */
  before?: ReactNode;
  /** Beside the title. */
  actions?: ReactNode;
  /** For pictures, which use a large screen better than texts. */
  isWide?: boolean;
  children: ReactNode;
}

/** A view: its title is the document's too, and gets the focus, so that a screen reader announces where one has arrived. */
export function Page({ title, before, actions, isWide = false, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Photochrom`;
  }, [title]);
  useEffect(() => {
    // Not on the first view, where the browser starts at the top by itself.
    if (arrivals++ > 0) heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  return (
    <div className={classes(styles.page, isWide && styles.wide)}>
      {before && <div className={styles.before}>{before}</div>}
      <div className={styles.head}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

let arrivals = 0;
