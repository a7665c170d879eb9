// Why a job does not move, in the page's language. tests/contracts/test_page_texts.py compares them with the gateway's.
import { t } from "@lingui/core/macro";

const REASONS: Record<string, () => string> = {
  "its turn": () => t`Waiting for a worker to take it up`,
  "the queue": () => t`Waiting for the queue: it does not respond`,
  "the jobs that share its source": () => t`Waiting for the jobs that share its source: the scans are removed with the last of them`,
  "room on the disk": () => t`Waiting for room on the disk: the operator of this service has to make some`,
  "the object storage": () => t`Waiting for the storage: it does not respond`,
  "access to the object storage": () => t`Waiting for access to the storage: it refuses the workers`,
  "the database": () => t`Waiting for the database: it does not respond`,
};

export function waitingSentence(reason: string): string {
  const role = /^a worker of role (\w+)$/.exec(reason)?.[1];
  if (role) return t`Waiting for a worker of role ${role}: none is running`;
  return REASONS[reason]?.() ?? t`Waiting for ${reason}`;
}
