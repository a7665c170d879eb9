import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import styles from "./Compare.module.css";

interface Props {
  before: string;
  after: string;
  width: number;
  height: number;
}

const START = 50;

/** Before and after, one over the other, with a divider between them. The divider is a slider of the browser's own, as
 *  large as the picture: keys, touch and screen readers work as with any slider. */
export function Compare({ before, after, width, height }: Props) {
  const { t } = useLingui();
  const [position, setPosition] = useState(START);
  const [isBeforeBroken, setIsBeforeBroken] = useState(false);
  return (
    <figure className={styles.compare} style={{ "--position": `${position}%`, "--ratio": width / height }}>
      <div className={styles.stage}>
        <img className={styles.picture} src={after} alt={t`Colorized`} width={width} height={height} />
        {!isBeforeBroken && (
          <>
            <img
              className={styles.before}
              src={before}
              alt={t`Original`}
              width={width}
              height={height}
              onError={() => {
                setIsBeforeBroken(true);
              }}
            />
            <input
              className={styles.slider}
              type="range"
              min={0}
              max={100}
              value={position}
              aria-label={t`How much of the original is shown`}
              aria-valuetext={t`${position} percent original`}
              onChange={(event) => {
                setPosition(Number(event.target.value));
              }}
            />
            <span className={styles.divider} aria-hidden="true" />
          </>
        )}
      </div>
      <figcaption className={styles.caption}>
        {isBeforeBroken ? (
          <Trans>Browsers cannot show the original’s format.</Trans>
        ) : (
          <>
            <span>
              <Trans>Original</Trans>
            </span>
            <span>
              <Trans>Colorized</Trans>
            </span>
          </>
        )}
      </figcaption>
    </figure>
  );
}
