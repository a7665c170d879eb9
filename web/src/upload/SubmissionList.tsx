import { Plural, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { JOB_LISTS } from "../api/jobs";
import { isHopeless } from "../api/problems";
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
  useNewJob(progress);
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

/** The lists of jobs have it at once. */
function useNewJob({ job }: Progress): void {
  const queries = useQueryClient();
  const id = job?.id;
  useEffect(() => {
    if (id !== undefined) void queries.invalidateQueries({ queryKey: JOB_LISTS });
  }, [queries, id]);
}

function hasMeter({ phase, error }: Progress): boolean {
  return !isHopeless(error) && !["done", "canceled", "elsewhere"].includes(phase);
}
