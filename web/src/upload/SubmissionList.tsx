import { Trans, useLingui } from "@lingui/react/macro";
import { useSyncExternalStore } from "react";
import { Link } from "wouter";

import { sentenceOf } from "../api/problems";
import { Button } from "../ui/Button";
import { Meter } from "../ui/Meter";
import { useFormat } from "../ui/useFormat";
import type { Progress, Submission } from "./submission";
import { dismiss, onSubmissionsChange, submissions } from "./submissions";
import styles from "./SubmissionList.module.css";

export function SubmissionList() {
  const { t } = useLingui();
  const all = useSyncExternalStore(onSubmissionsChange, submissions);
  if (all.length === 0) return null;
  return (
    <ul className={styles.list} aria-label={t`Being sent`}>
      {all.map((submission) => (
        <Row key={submission.id} submission={submission} />
      ))}
    </ul>
  );
}

function Row({ submission }: { submission: Submission }) {
  const { t } = useLingui();
  const progress = useSyncExternalStore(submission.subscribe, submission.snapshot);
  const { plan } = submission;
  const others = plan.sources.length - 1;
  const { name } = plan;
  return (
    <li className={styles.row}>
      <p className={styles.name}>
        {others > 0 ? <Trans>{name} and {others} more</Trans> : name}
      </p>
      <div className={styles.actions}>
        <Actions submission={submission} progress={progress} />
      </div>
      {isUnderway(progress) && (
        <div className={styles.meter}>
          <Meter label={t`Sent`} value={progress.sent} most={progress.total} />
        </div>
      )}
      <p className={styles.status} role={progress.phase === "failed" ? "alert" : undefined}>
        <Status progress={progress} />
      </p>
    </li>
  );
}

function isUnderway({ phase }: Progress): boolean {
  return phase === "sending" || phase === "submitting";
}

function Status({ progress: { phase, sent, total, error } }: { progress: Progress }) {
  const format = useFormat();
  const [done, all] = [format.bytes(sent), format.bytes(total)];
  switch (phase) {
    case "sending":
      return <Trans>{done} of {all} sent. Keep this tab open until everything is sent.</Trans>;
    case "submitting":
      return <Trans>Everything is sent. Starting the job…</Trans>;
    case "done":
      return <Trans>The job has started.</Trans>;
    case "failed":
      return sentenceOf(error);
    case "canceled":
      return <Trans>Canceled. What had been sent was removed.</Trans>;
  }
}

function Actions({ submission, progress }: { submission: Submission; progress: Progress }) {
  if (isUnderway(progress)) {
    return (
      <Button onClick={() => void submission.cancel()}>
        <Trans>Cancel</Trans>
      </Button>
    );
  }
  return (
    <>
      {progress.job && (
        <Link to={`/jobs/${progress.job.id}`}>
          <Trans>Watch it</Trans>
        </Link>
      )}
      {progress.phase === "failed" && (
        <Button onClick={() => void submission.run()}>
          <Trans>Send the rest</Trans>
        </Button>
      )}
      <Button
        tone="quiet"
        onClick={() => {
          if (progress.phase === "failed") void submission.cancel();
          dismiss(submission);
        }}
      >
        <Trans>Dismiss</Trans>
      </Button>
    </>
  );
}
