import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "wouter";

import { type Item } from "../api/items";
import { classes } from "../ui/classes";
import { Icon } from "../ui/icons";
import { useLocale } from "../ui/useLocale";
import { explainFailure } from "./failures";
import styles from "./Tile.module.css";

/** One picture of the grid, at most its thumbnail. Its size never depends on what it shows. */
export function Tile({ jobId, index, item }: { jobId: string; index: number; item: Item | undefined }) {
  useLocale();
  if (!item) return <div className={classes(styles.frame, styles.unknown)} />;
  return (
    <Link to={`/jobs/${jobId}/pictures/${index}`} className={styles.tile}>
      <span className={classes(styles.frame, item.state === "failed" && styles.failed)}>
        <Content key={item.state} item={item} />
      </span>
      <span className={styles.name} title={item.name}>
        {item.name.split("/").at(-1)}
      </span>
    </Link>
  );
}

function Content({ item }: { item: Item }) {
  const [isBroken, setIsBroken] = useState(false);
  const { preview: picture } = item.links;
  if (picture && !isBroken) {
    return (
      <img
        className={styles.picture}
        src={picture}
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
