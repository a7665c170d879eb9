import { Trans } from "@lingui/react/macro";

import { useUsage } from "../api/usage";
import { useFormat } from "../ui/useFormat";
import styles from "./JobsView.module.css";

/** Of the scans and results of all jobs. Its line is there before the number. */
export function StorageUsed() {
  const format = useFormat();
  const { data } = useUsage();
  if (!data) return <p className={styles.storage} />;
  const used = format.bytes(data.stored_bytes - data.announced_bytes);
  const announced = format.bytes(data.announced_bytes);
  const limit = data.stored_bytes_limit === null ? null : format.bytes(data.stored_bytes_limit);
  return (
    <p className={styles.storage}>
      {limit ? (
        <Trans>
          {used} of {limit} stored
        </Trans>
      ) : (
        <Trans>{used} stored</Trans>
      )}
      {data.announced_bytes > 0 && (
        <>
          {" "}
          <Trans>({announced} more reserved for unfinished uploads)</Trans>
        </>
      )}
    </p>
  );
}
