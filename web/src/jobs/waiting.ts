// Why a job does not move, in the page's language. The gateway's own words are shown where they are new.
import { t } from "@lingui/core/macro";

export function waitingSentence(reason: string): string {
  const role = /^a worker of role (\w+)$/.exec(reason)?.[1];
  if (role) return t`Waiting for a worker of role ${role}: none is running`;
  if (reason === "its turn") return t`Waiting for its turn: the workers are busy with other jobs`;
  if (reason === "room on the disk") return t`Waiting for room on the disk`;
  return t`Waiting for ${reason}`;
}
