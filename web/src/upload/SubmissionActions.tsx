import { Trans, useLingui } from "@lingui/react/macro";
import { useRef } from "react";
import { Link } from "wouter";

import { isHopeless } from "../api/problems";
import { Button } from "../ui/Button";
import { CancelButton } from "./CancelButton";
import { FileInput } from "./FileInput";
import type { Progress, Submission } from "./submission";
import { cancel, dismiss, resume, resumeWith } from "./submissions";
import { fromFiles } from "./walking";

interface Props {
  submission: Submission;
  progress: Progress;
}

export function SubmissionActions({ submission, progress: { phase, job, error } }: Props) {
  switch (phase) {
    case "elsewhere":
      return null;
    case "interrupted":
      return (
        <>
          {error === null && submission.kept.roots.length > 0 ? (
            <ContinueButton submission={submission} />
          ) : (
            <AgainButton submission={submission} />
          )}
          <CancelButton submission={submission} isInterrupted />
        </>
      );
    case "waiting":
    case "sending":
      return (
        <>
          <Button onClick={() => void submission.pause()}>
            <Trans>Pause</Trans>
          </Button>
          <CancelButton submission={submission} />
        </>
      );
    case "submitting":
      return <CancelButton submission={submission} />;
    case "paused":
    case "failed":
      return isHopeless(error) ? (
        <Button tone="quiet" onClick={() => void cancel(submission)}>
          <Trans>Dismiss</Trans>
        </Button>
      ) : (
        <>
          <ContinueButton submission={submission} />
          <CancelButton submission={submission} />
        </>
      );
    case "done":
    case "canceled":
      return (
        <>
          {job && (
            <Link to={`/jobs/${job.id}`}>
              <Trans>Watch it</Trans>
            </Link>
          )}
          <Button
            tone="quiet"
            onClick={() => {
              dismiss(submission);
            }}
          >
            <Trans>Dismiss</Trans>
          </Button>
        </>
      );
  }
}

function ContinueButton({ submission }: { submission: Submission }) {
  return (
    <Button tone="primary" onClick={() => void resume(submission)}>
      <Trans>Continue</Trans>
    </Button>
  );
}

/** Asks for the same files again. */
function AgainButton({ submission }: { submission: Submission }) {
  const { t } = useLingui();
  const input = useRef<HTMLInputElement>(null);
  const { name, count, manifest } = submission.kept;
  const isFolder = count > 1 && manifest.includes("/");
  const continueWith = async (files: readonly File[]) => {
    await resumeWith(submission, await fromFiles(files));
  };
  return (
    <>
      <Button tone="primary" onClick={() => input.current?.click()}>
        {isFolder ? <Trans>Choose the folder again</Trans> : <Trans>Choose it again</Trans>}
      </Button>
      <FileInput ref={input} label={t`${name}, again`} isFolder={isFolder} onFiles={(files) => void continueWith(files)} />
    </>
  );
}
