import { Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import styles from "./DropZone.module.css";

/** Files by dropping them anywhere on the page, by a button, or by pasting. */
export function DropZone({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const { t } = useLingui();
  const input = useRef<HTMLInputElement>(null);
  const [hasFolder, setHasFolder] = useState(false);

  const take = (files: readonly File[], folder = false) => {
    setHasFolder(folder);
    if (files.length > 0) onFiles(files);
  };
  const isOver = useFilesFromPage(take);

  return (
    <div className={classes(styles.zone, isOver && styles.over)}>
      <p className={styles.lead}>
        {isOver ? <Trans>Let go to start</Trans> : <Trans>Drop pictures or an archive here</Trans>}
      </p>
      <p className={styles.help}>
        <Trans>JPEG, PNG, TIFF, WebP, AVIF or BMP; a zip or a tar of any size. You can paste a picture, too.</Trans>
      </p>
      <Button
        tone="primary"
        onClick={() => {
          input.current?.click();
        }}
      >
        <Icon name="upload" />
        <Trans>Choose files</Trans>
      </Button>
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label={t`Files to colorize`}
        onChange={(event) => {
          take([...(event.target.files ?? [])]);
          event.target.value = ""; // So that the same files can be chosen again.
        }}
      />
      {hasFolder && (
        <p className={styles.help} role="status">
          <Trans>Folders cannot be sent yet. Choose the pictures in them, or drop a zip of the folder.</Trans>
        </p>
      )}
    </div>
  );
}

/** Whether files are being dragged over the page. */
function useFilesFromPage(take: (files: readonly File[], hasFolder: boolean) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const onFiles = useEffectEvent(take);
  useEffect(() => {
    const control = new AbortController();
    const on = <Name extends keyof WindowEventMap>(name: Name, listener: (event: WindowEventMap[Name]) => void) => {
      window.addEventListener(name, listener, control);
    };
    on("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setIsOver(true);
    });
    on("dragleave", (event) => {
      if (event.relatedTarget === null) setIsOver(false);
    });
    on("drop", (event) => {
      event.preventDefault();
      setIsOver(false);
      const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
      const isFolder = (index: number) => entries[index]?.isDirectory === true;
      const files = [...(event.dataTransfer?.files ?? [])].filter((_, index) => !isFolder(index));
      onFiles(files, entries.some((entry) => entry?.isDirectory));
    });
    on("paste", (event) => {
      onFiles([...(event.clipboardData?.files ?? [])], false);
    });
    return () => {
      control.abort();
    };
  }, []);
  return isOver;
}
