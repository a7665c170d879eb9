import { Plural, useLingui } from "@lingui/react/macro";
import { useSyncExternalStore } from "react";

import { Meter } from "../ui/Meter";
import { useFormat } from "../ui/useFormat";
import type { Progress, Submission } from "./submission";
import { SubmissionActions } from "./SubmissionActions";
import styles from "./SubmissionList.module.css";
import { onSubmissionsChange, submissions } from "./submissions";
import { SubmissionStatus } from "./SubmissionStatus";

export function SubmissionList() {
  const { t } = useLingui();
  const all = useSyncExternalStore(onSubmissionsChange, submissions);
  if (all.length === 0) return null;
  return (
    <ul className={styles.list} aria-label={t`Uploads`}>
      {all.map((submission) => (
        <Row key={submission.id} submission={submission} />
      ))}
    </ul>
  );
}

function Row({ submission }: { submission: Submission }) {
  const { t } = useLingui();
  const number = useFormat().number;
  const progress = useSyncExternalStore(submission.subscribe, submission.snapshot);
  const { name, count } = submission.kept;
  const files = number(count);
  return (
    <li className={styles.row}>
      <p className={styles.name}>
        {name}
        {count > 1 && (
          <span className={styles.count}>
            {" "}
            <Plural value={count} one={`${files} file`} other={`${files} files`} />
          </span>
        )}
      </p>
      <div className={styles.actions}>
        <SubmissionActions submission={submission} progress={progress} />
      </div>
      {hasMeter(progress) && (
        <div className={styles.meter}>
          <Meter label={t`Sent`} value={progress.sent} most={progress.total} />
        </div>
      )}
      <p className={styles.status} role={progress.error === null ? undefined : "alert"}>
        <SubmissionStatus submission={submission} progress={progress} />
      </p>
    </li>
  );
}

function hasMeter({ phase }: Progress): boolean {
  return !["done", "canceled", "elsewhere"].includes(phase);
}
