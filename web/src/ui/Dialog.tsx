import { type ReactNode, useEffect, useId, useRef } from "react";

import styles from "./Dialog.module.css";

interface Props {
  title: string;
  children: ReactNode;
  /** Escape, or a click beside it. Without it, the dialog has to be answered. */
  onClose?: (() => void) | undefined;
}

/** A modal dialog: the browser's own, which keeps the focus inside and returns it afterwards. */
export function Dialog({ title, children, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
