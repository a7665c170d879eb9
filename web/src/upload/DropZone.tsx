import { Trans, useLingui } from "@lingui/react/macro";
import { useRef } from "react";

import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { useFormat } from "../ui/useFormat";
import { canChooseFolders, type Choice, filesChoice, pickFiles } from "./choosing";
import styles from "./DropZone.module.css";
import { FileInput } from "./FileInput";
import { useFilesFromPage } from "./useFilesFromPage";

interface Props {
  onChoice: (choice: Choice) => void;
  /** How many files have been looked at; null if that is not going on. */
  found: number | null;
}

/** Files by dropping them anywhere on the page, by buttons, or by pasting. */
export function DropZone({ onChoice, found }: Props) {
  const { t } = useLingui();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const photos = useRef<HTMLInputElement>(null);
  const isOver = useFilesFromPage(onChoice);

  const takePicked = async () => {
    const choice = await pickFiles(files.current);
    if (choice) onChoice(choice);
  };
  const take = (chosen: readonly File[]) => {
    onChoice(filesChoice(chosen));
  };
  return (
    <div className={classes(styles.zone, isOver && styles.over)}>
      <p className={styles.lead}>
        <Lead isOver={isOver} found={found} />
      </p>
      <p className={styles.help}>
        <Trans>JPEG, PNG, TIFF, WebP, AVIF or BMP; folders, zips and tars of any size. You can paste a picture, too.</Trans>
      </p>
      <div className={styles.buttons}>
        <Button tone="primary" disabled={found !== null} onClick={() => void takePicked()}>
          <Icon name="upload" />
          <Trans>Choose files</Trans>
        </Button>
        {canChooseFolders && (
          <Button disabled={found !== null} onClick={() => folder.current?.click()}>
            <Trans>Choose a folder</Trans>
          </Button>
        )}
        <span className={styles.phone}>
          <Button disabled={found !== null} onClick={() => photos.current?.click()}>
            <Icon name="picture" />
            <Trans>Photos</Trans>
          </Button>
        </span>
      </div>
      <FileInput ref={files} label={t`Files to colorize`} onFiles={take} />
      <FileInput ref={folder} label={t`Folder to colorize`} isFolder onFiles={take} />
      <FileInput ref={photos} label={t`Photos to colorize`} accept="image/*" onFiles={take} />
    </div>
  );
}

function Lead({ isOver, found }: { isOver: boolean; found: number | null }) {
  const files = useFormat().number(found ?? 0);
  if (found !== null) return <Trans>Looking at the files: {files}</Trans>;
  if (isOver) return <Trans>Let go to start</Trans>;
  return <Trans>Drop pictures, folders or an archive here</Trans>;
}
