import { Trans, useLingui } from "@lingui/react/macro";

import { type Job, reportCsv } from "../api/jobs";
import { acceptedZip } from "../review/verdicts";
import { ButtonLink } from "../ui/Button";
import { Icon } from "../ui/icons";
import styles from "./TakeHome.module.css";

/** Plain links: the browser writes the bytes to the disk as they come, however many there are. */
export function TakeHome({ job }: { job: Job }) {
  const { t } = useLingui();
  const { results, report } = job.links;
  const csv = reportCsv(job);
  const accepted = acceptedZip(job);
  const hasResults = job.counts.succeeded > 0;
  return (
    <section className={styles.take} aria-label={t`Take home`}>
      {results && hasResults && (
        <ButtonLink tone="primary" href={results} download>
          <Icon name="download" />
          <Trans>All results (zip)</Trans>
        </ButtonLink>
      )}
      {accepted && (
        <ButtonLink href={accepted} download>
          <Icon name="download" />
          <Trans>Accepted results (zip)</Trans>
        </ButtonLink>
      )}
      {report && csv && job.items !== null && (
        <>
          <ButtonLink href={csv} download>
            <Trans>Report (CSV)</Trans>
          </ButtonLink>
          <ButtonLink tone="quiet" href={report} download>
            <Trans>Report (JSON lines)</Trans>
          </ButtonLink>
        </>
      )}
      {!results && hasResults && (
        <p className={styles.note}>
          <Trans>The zip of all results is there when the job has ended. Each picture is there now.</Trans>
        </p>
      )}
    </section>
  );
}
