import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import { type Item, pictureOf } from "../api/items";
import { Empty } from "../ui/states";
import styles from "./ReviewPicture.module.css";

/** The result as large as it fits, over its preview until it has loaded; on a wide screen beside its scan. */
export function ReviewPicture({ item, isOriginal }: { item: Item; isOriginal: boolean }) {
  const { t } = useLingui();
  const [isBroken, setIsBroken] = useState(false);
  const { result, links } = item;
  const [full, preview, alt] = isOriginal
    ? [links.source, links.source_preview, t`Original`]
    : [pictureOf(item), links.preview, t`Colorized`];
  const source = isBroken ? preview : (full ?? preview);
  if (!result || !source) {
    return (
      <Empty title={t`The result is ready`}>
        <p>
          <Trans>Browsers cannot show this format. Download the picture to see it.</Trans>
        </p>
      </Empty>
    );
  }
  const { width, height } = result;
  return (
    <figure className={styles.stage} style={{ "--ratio": width / height }}>
      <div className={styles.pictures}>
        {links.source_preview && (
          // Lazy: where it is not shown, it is not asked for.
          <span className={styles.scan}>
            <img className={styles.picture} src={links.source_preview} alt={t`Original`} width={width} height={height} loading="lazy" />
          </span>
        )}
        <img
          key={source}
          className={styles.picture}
          src={source}
          alt={alt}
          width={width}
          height={height}
          style={preview ? { backgroundImage: `url("${preview}")` } : {}}
          onError={() => {
            setIsBroken(true);
          }}
        />
      </div>
      <figcaption className={styles.caption}>
        {isOriginal ? (
          <Trans>Original</Trans>
        ) : (
          <Trans>Colorized by AI: the colors are simulated and may not match the real ones.</Trans>
        )}
      </figcaption>
    </figure>
  );
}
