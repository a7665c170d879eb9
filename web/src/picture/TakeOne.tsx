import { Trans, useLingui } from "@lingui/react/macro";

import type { Item, Result } from "../api/items";
import { ButtonLink } from "../ui/Button";
import { Icon } from "../ui/icons";
import { useFormat } from "../ui/useFormat";
import styles from "./Picture.module.css";

export function TakeOne({ item, result }: { item: Item; result: Result }) {
  const { t } = useLingui();
  const { bytes, number } = useFormat();
  const type = result.media_type.replace("image/", "").toUpperCase();
  const [width, height] = [number(result.width), number(result.height)];
  return (
    <section className={styles.section} aria-label={t`Download`}>
      <div className={styles.downloads}>
        <ButtonLink tone="primary" href={result.link} download>
          <Icon name="download" />
          <Trans>Download result</Trans>
        </ButtonLink>
        {item.links.source && (
          <ButtonLink href={item.links.source} download>
            <Trans>Download original</Trans>
          </ButtonLink>
        )}
      </div>
      <p className={styles.notice}>
        {type}, {width} × {height}, {bytes(result.bytes)}
      </p>
    </section>
  );
}
