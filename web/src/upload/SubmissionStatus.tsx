import { Trans } from "@lingui/react/macro";

import { isUnreachable } from "../api/problems";
import { useFormat } from "../ui/useFormat";
import type { Progress, Submission } from "./submission";
import { UploadError } from "./UploadError";

/** What an upload does at the moment, or waits for, in a sentence. */
export function SubmissionStatus({ submission, progress }: { submission: Submission; progress: Progress }) {
  const format = useFormat();
  const { phase, sent, total, error } = progress;
  const [done, all] = [format.bytes(sent), format.bytes(total)];
  if (error !== null) return <UploadError error={error} />;
  switch (phase) {
    case "elsewhere":
      return <Trans>Another tab has this upload. It can go on here once that tab is closed.</Trans>;
    case "interrupted":
      return submission.kept.roots.length > 0 ? (
        <Trans>
          {done} of {all} are safe; what was under way when the page was closed is sent again. The browser asks before it
          opens the files again.
        </Trans>
      ) : (
        <Trans>
          {done} of {all} are safe; what was under way when the page was closed is sent again. Choose or drop the same
          again to go on.
        </Trans>
      );
    case "waiting":
      return <Trans>Waits until the uploads before it are sent.</Trans>;
    case "sending":
      return <Sending progress={progress} />;
    case "paused":
      return <Trans>Paused. {done} of {all} sent.</Trans>;
    case "submitting":
      return <Trans>Everything is sent. Starting the job…</Trans>;
    case "done":
      return <Trans>The job has started.</Trans>;
    case "failed":
      return null;
    case "canceled":
      return <Trans>Canceled. What had been sent was removed.</Trans>;
  }
}

function Sending({ progress: { sent, total, rate, trouble } }: { progress: Progress }) {
  const format = useFormat();
  const [done, all] = [format.bytes(sent), format.bytes(total)];
  if (isUnreachable(trouble)) {
    return <Trans>{done} of {all} sent. The connection is lost; this goes on by itself as soon as it is back.</Trans>;
  }
  if (trouble !== null) return <Trans>{done} of {all} sent. The service is not ready at the moment; trying again.</Trans>;
  if (rate === null) return <Trans>{done} of {all} sent.</Trans>;
  const [speed, left] = [format.bytes(rate), format.duration((total - sent) / rate)];
  return <Trans>{done} of {all} sent, {speed} per second, {left} left.</Trans>;
}
