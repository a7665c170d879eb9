import type { Job } from "../api/jobs";
import { useFormat } from "../ui/useFormat";
import { useLocale } from "../ui/useLocale";
import styles from "./CountsBar.module.css";
import { countsSentence } from "./states";

/** The counts as one bar: what failed is as visible as what succeeded. */
export function CountsBar({ job }: { job: Job }) {
  useLocale();
  const format = useFormat();
  const { counts } = job;
  const total = Math.max(1, job.items ?? 0);
  const parts = [
    { name: styles.succeeded, count: counts.succeeded },
    { name: styles.failed, count: counts.failed + counts.expired },
    { name: styles.skipped, count: counts.skipped + counts.canceled },
  ];
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-valuenow={Math.round(job.progress * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-label={countsSentence(job, format.number)}
    >
      {parts.map(({ name, count }) =>
        count > 0 ? <div key={name} className={name} style={{ flexGrow: count / total }} /> : null,
      )}
    </div>
  );
}
