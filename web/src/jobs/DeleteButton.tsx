import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";

import { type Job, useDeleteJob } from "../api/jobs";
import { sentenceOf } from "../api/problems";
import { Button } from "../ui/Button";
import { Dialog, DialogActions } from "../ui/Dialog";
import styles from "./DeleteButton.module.css";
import { titleOf } from "./states";

/** Asks first: the source goes, too, and cannot be brought back. */
export function DeleteButton({ job, onDeleted }: { job: Job; onDeleted?: () => void }) {
  const { t } = useLingui();
  const [isOpen, setIsOpen] = useState(false);
  const remove = useDeleteJob();
  const title = titleOf(job);
  const close = () => {
    setIsOpen(false);
  };
  return (
    <>
      <span className={styles.delete}>
        <Button
          tone="quiet"
          aria-label={t`Delete ${title}`}
          disabled={job.state === "deleting"}
          onClick={() => {
            setIsOpen(true);
          }}
        >
          <Trans>Delete</Trans>
        </Button>
      </span>
      {isOpen && (
        <Dialog title={t`Delete this job?`} onClose={close}>
          <p>
            <Trans>
              Its scans and its results are removed from the service, for everybody. This cannot be undone. Download what
              you want to keep first.
            </Trans>
          </p>
          {remove.isError && <p role="alert">{sentenceOf(remove.error)}</p>}
          <DialogActions>
            <Button onClick={close}>
              <Trans>Keep it</Trans>
            </Button>
            <Button
              tone="danger"
              disabled={remove.isPending}
              onClick={() => {
                remove.mutate(job.id, {
                  onSuccess: () => {
                    close();
                    onDeleted?.();
                  },
                });
              }}
            >
              <Trans>Delete for good</Trans>
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
