import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import { type Item, pictureOf } from "../api/items";
import { Empty } from "../ui/states";
import styles from "./ReviewPicture.module.css";

/** The result as large as it fits, over its preview until it has loaded. */
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
      <Empty title={t`The result is finished`}>
        <p>
          <Trans>Browsers cannot show pictures of this format. Download it to see it.</Trans>
        </p>
      </Empty>
    );
  }
  return (
    <figure className={styles.stage} style={{ "--ratio": result.width / result.height }}>
      <img
        key={source}
        className={styles.picture}
        src={source}
        alt={alt}
        width={result.width}
        height={result.height}
        style={preview ? { backgroundImage: `url("${preview}")` } : {}}
        onError={() => {
          setIsBroken(true);
        }}
      />
      <figcaption className={styles.caption}>
        {isOriginal ? (
          <Trans>Original</Trans>
        ) : (
          <Trans>Colorized by AI: the colors are simulated, not those of the day the picture was taken.</Trans>
        )}
      </figcaption>
    </figure>
  );
}
