import { Trans } from "@lingui/react/macro";

import { sentenceOf } from "../api/problems";
import { OtherFiles } from "./again";
import { FileUnreadable } from "./sources";

const NAMED = 3;

/** Why an upload does not go on, and what to do. */
export function UploadError({ error }: { error: unknown }) {
  if (error instanceof FileUnreadable) {
    const { path } = error;
    return <Trans>{path} cannot be read: it was changed, moved or removed, or the system refuses it. Choose it again.</Trans>;
  }
  if (error instanceof OtherFiles) {
    const missing = named(error.missing);
    const changed = named(error.changed);
    if (missing) return <Trans>These are other files. Missing: {missing}</Trans>;
    if (changed) return <Trans>These files were changed meanwhile: {changed}. Discard this upload and start anew.</Trans>;
    return <Trans>These are more files than the upload was begun with. Choose only those.</Trans>;
  }
  return sentenceOf(error);
}

function named(names: readonly string[]): string {
  return names.slice(0, NAMED).join(", ") + (names.length > NAMED ? " …" : "");
}
