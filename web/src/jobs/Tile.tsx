import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "wouter";

import type { Item } from "../api/items";
import { VerdictMark } from "../review/VerdictMark";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { useLocale } from "../ui/useLocale";
import { explainFailure } from "./failures";
import styles from "./Tile.module.css";

interface Props {
  jobId: string;
  item: Item;
  /** Whether the tab key leads to it. */
  isActive: boolean;
  isSelected: boolean;
  onSelect: (isRange: boolean) => void;
}

/** One picture of the grid, at most its thumbnail. Its size never depends on what it shows. */
export function Tile({ jobId, item, isActive, isSelected, onSelect }: Props) {
  const { t } = useLingui();
  const { name } = item;
  // An archive of years has a 001.jpg for each.
  const [file, folder] = name.split("/").reverse();
  return (
    <div className={classes(styles.tile, isSelected && styles.selected)}>
      <Link to={`/jobs/${jobId}/pictures/${item.index}`} className={styles.link} tabIndex={isActive ? 0 : -1}>
        <span className={classes(styles.frame, item.state === "failed" && styles.failed)}>
          <Content key={`${item.state} ${item.links.preview}`} item={item} />
        </span>
        <span className={styles.name} title={name}>
          {folder && <span className={styles.folder}>{folder}/</span>}
          <span className={styles.file}>{file}</span>
        </span>
      </Link>
      {item.verdict && (
        <span className={styles.mark}>
          <VerdictMark verdict={item.verdict} />
        </span>
      )}
      <label className={styles.select}>
        <input
          type="checkbox"
          checked={isSelected}
          tabIndex={isActive ? 0 : -1}
          aria-label={t`Select ${name}`}
          onChange={(event) => {
            onSelect(event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey);
          }}
        />
      </label>
    </div>
  );
}

/** As long as nothing is known of it. */
export function UnknownTile() {
  return (
    <div className={styles.tile}>
      <span className={classes(styles.frame, styles.unknown)} />
    </div>
  );
}

function Content({ item }: { item: Item }) {
  useLocale();
  const [isBroken, setIsBroken] = useState(false);
  const { preview } = item.links;
  if (preview && !isBroken) {
    return (
      <img
        className={styles.picture}
        src={preview}
        alt=""
        loading="lazy"
        decoding="async"
        onError={() => {
          setIsBroken(true);
        }}
      />
    );
  }
  switch (item.state) {
    case "succeeded":
      return (
        <span className={styles.note}>
          <Icon name="check" />
          <Trans>Done, no preview</Trans>
        </span>
      );
    case "pending":
      return (
        <span className={styles.note}>
          <Trans>To go</Trans>
        </span>
      );
    case "canceled":
      return (
        <span className={styles.note}>
          <Trans>Canceled</Trans>
        </span>
      );
    case "skipped":
      return (
        <span className={styles.note}>
          <Trans>Skipped, no picture</Trans>
        </span>
      );
    case "failed":
    case "expired":
      return (
        <span className={styles.note}>
          <Icon name="failed" />
          {item.error ? explainFailure(item.error).what : <Trans>Failed</Trans>}
        </span>
      );
  }
}
