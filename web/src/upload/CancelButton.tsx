import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import { Button } from "../ui/Button";
import { Dialog, DialogActions } from "../ui/Dialog";
import { useFormat } from "../ui/useFormat";
import type { Submission } from "./submission";
import { cancel } from "./submissions";

/** Asks first if something would have to be sent again. */
export function CancelButton({ submission, isInterrupted = false }: { submission: Submission; isInterrupted?: boolean }) {
  const { t } = useLingui();
  const format = useFormat();
  const [isOpen, setIsOpen] = useState(false);
  const { name } = submission.kept;
  const sent = format.bytes(submission.snapshot().sent);
  const close = () => {
    setIsOpen(false);
  };
  return (
    <>
      <Button
        tone="quiet"
        onClick={() => {
          if (submission.snapshot().sent > 0) setIsOpen(true);
          else void cancel(submission);
        }}
      >
        {isInterrupted ? <Trans>Discard</Trans> : <Trans>Cancel</Trans>}
      </Button>
      {isOpen && (
        <Dialog title={t`Give up this upload?`} onClose={close}>
          <p>
            <Trans>{name}: the {sent} that have been sent are removed. Your files stay where they are.</Trans>
          </p>
          <DialogActions>
            <Button onClick={close}>
              <Trans>Keep it</Trans>
            </Button>
            <Button tone="danger" onClick={() => void cancel(submission)}>
              <Trans>Give it up</Trans>
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
