import { Trans, useLingui } from "@lingui/react/macro";

import type { Item } from "../api/items";
import { explainFailure } from "../jobs/failures";
import { ButtonLink } from "../ui/Button";
import { Empty } from "../ui/states";

/** An item without a result: why, and what to do. */
export function Unfinished({ item }: { item: Item }) {
  const { t } = useLingui();
  const source = item.links.source && (
    <ButtonLink href={item.links.source} download>
      {t`Download original`}
    </ButtonLink>
  );
  if (!item.error) return <Empty title={item.state === "pending" ? t`Not colorized yet` : t`Canceled`}>{source}</Empty>;
  const { what, todo } = explainFailure(item.error);
  return (
    <Empty title={what}>
      <p>{todo}</p>
      <details>
        <summary>
          <Trans>Details</Trans> <code>{item.error.code}</code>
        </summary>
        <p lang="en">{item.error.detail}</p>
      </details>
      {source}
    </Empty>
  );
}
