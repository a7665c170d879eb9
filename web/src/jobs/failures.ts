// What the code of a failure means for the owner of the picture, and what can be done. tests/contracts/test_page_texts.py
// holds the codes against those of the service.
import { t } from "@lingui/core/macro";

import type { Schema } from "../api/client";
import type { Item } from "../api/items";
import type { Job } from "../api/jobs";
import { hasUntried } from "./states";

export interface Explanation {
  what: string;
  /** Empty: nothing can be done here. */
  todo: string;
}

/** Where the same bytes may succeed the next time. The others fail again, so no retry is offered for them. */
const PASSING = new Set([
  "colorizer_failed", "decoder_failed", "decoder_timeout", "worker_lost", "model_unavailable", "source_missing",
  "source_refused", "source_unavailable", "results_lost", "bucket_not_allowed", "bucket_refused", "bucket_unavailable",
]);

type Sentences = () => Explanation;

const nothing = "";
const again = () => t`Retry. If it fails again, tell the operator of this service.`;
const rescan = () => t`Open the file in a picture editor and save it again, or scan it again.`;
const repack = () => t`Pack the pictures again, without a password, as zip or tar. Then send the new archive.`;
const resubmit = () => t`Then submit that file as a new job.`;

const PICTURES: Record<string, Sentences> = {
  corrupt_image: () => ({ what: t`The file is damaged: a part of the picture cannot be read.`, todo: rescan() }),
  empty_file: () => ({ what: t`The file is empty.`, todo: t`Copy it again from where it came from.` }),
  unsupported_format: () => ({ what: t`Its format is not supported (a camera raw, for example).`, todo: t`Export it as JPEG or TIFF.` }),
  unsupported_bit_depth: () => ({ what: t`Its number of bits per pixel is not supported.`, todo: t`Save it with 8 or 16 bits.` }),
  unsupported_color_space: () => ({ what: t`Its color space is not supported.`, todo: t`Save it as grayscale or RGB.` }),
  unsupported_compression: () => ({ what: t`Its compression is not supported.`, todo: t`Save it with LZW or Deflate, or without compression.` }),
  animated_image: () => ({ what: t`It is an animation.`, todo: t`Save the frame that you want as a picture.` }),
  multipage_image: () => ({ what: t`It has several pages.`, todo: t`Save each page as a file of its own.` }),
  bilevel_image: () => ({ what: t`It is pure black and white, without gray: there is nothing to colorize.`, todo: t`Scan it in grayscale.` }),
  image_too_large: () => ({ what: t`It has too many pixels.`, todo: t`Scale it down, or cut it into parts.` }),
  decoder_crashed: () => ({ what: t`It made the decoder crash, so it is probably damaged.`, todo: rescan() }),
  decoder_timeout: () => ({ what: t`It took too long to decode.`, todo: t`Retry. If it fails again, save it again in a picture editor and submit that file as a new job.` }),
  decoder_memory: () => ({ what: t`It needed more memory than a picture may have.`, todo: t`Scale it down, or save it as JPEG.` }),
  colorizer_failed: () => ({ what: t`The colorizer found no colors for it.`, todo: again() }),
  decoder_failed: () => ({ what: t`An error of Photochrom stopped it.`, todo: again() }),
};

const ENTRIES: Record<string, Sentences> = {
  corrupt_entry: () => ({ what: t`Its place in the archive is damaged.`, todo: repack() }),
  encrypted: () => ({ what: t`It is protected by a password.`, todo: repack() }),
  unsupported_method: () => ({ what: t`The archive packs it in a way that is not supported.`, todo: repack() }),
  entry_too_large: () => ({ what: t`It is larger than a picture may be.`, todo: t`Scale it down.` }),
  entry_bomb: () => ({ what: t`It unpacks to far more than a picture has.`, todo: repack() }),
  archive_corrupt: () => ({ what: t`The archive is damaged.`, todo: repack() }),
  archive_truncated: () => ({ what: t`The archive ends too early: a part of it is missing.`, todo: t`Send the archive again. If that fails, too, copy or download it anew first.` }),
  archive_encrypted: () => ({ what: t`The archive is protected by a password.`, todo: repack() }),
  archive_unsupported: () => ({ what: t`This kind of archive is not supported.`, todo: repack() }),
  archive_bomb: () => ({ what: t`The archive unpacks to far more than it may.`, todo: repack() }),
  archive_too_slow: () => ({ what: t`The archive took too long to unpack.`, todo: t`Send it as zip, or as tar without compression.` }),
  not_a_tar: () => ({ what: t`It ends in .tar, but is none.`, todo: repack() }),
  unsupported_key: () => ({ what: t`Its key cannot be a path: it has a folder “.” or “..”, or control characters.`, todo: t`Give it another key in the bucket, and submit it again.` }),
  empty_archive: () => ({ what: t`There is no picture in the archive.`, todo: t`Choose an archive that holds pictures.` }),
};

const SERVICE: Record<string, Sentences> = {
  worker_lost: () => ({ what: t`The workers that tried it were lost.`, todo: again() }),
  deadline_passed: () => ({ what: t`The job's deadline passed before a worker started on it.`, todo: t`Retry with a later deadline, by the command or the API.` }),
  model_unavailable: () => ({ what: t`No worker has the job's model.`, todo: t`Tell the operator of this service, then retry.` }),
  model_replaced: () => ({ what: t`The job's model was replaced.`, todo: t`Send the pictures again for the new one.` }),
  hints_unsupported: () => ({ what: t`The job's model takes no hints.`, todo: t`Choose another model.` }),
  source_missing: () => ({ what: t`It is no longer in the bucket.`, todo: t`Put it back, then retry.` }),
  source_changed: () => ({ what: t`It was changed in the bucket after the job had started.`, todo: t`Submit it again.` }),
  source_refused: () => ({ what: t`The bucket refuses to give it to this service.`, todo: t`Tell the operator of the bucket, then retry.` }),
  source_unavailable: () => ({ what: t`The bucket did not answer.`, todo: again() }),
  items_missing: () => ({ what: t`The other job no longer has these pictures.`, todo: t`Submit the pictures themselves.` }),
  results_lost: () => ({ what: t`The results are lost.`, todo: t`Retry the job to make them again.` }),
  listing_invalid: () => ({ what: t`The source cannot be listed.`, todo: t`Check the manifest or the prefix, and submit it again.` }),
  manifest_invalid: () => ({ what: t`The manifest cannot be read.`, todo: t`Correct it as docs/sources.md describes, and submit it again.` }),
  manifest_missing: () => ({ what: t`There is no such manifest in the bucket.`, todo: t`Check its key, and submit it again.` }),
  too_many_entries: () => ({ what: t`The source has more pictures than a job may have.`, todo: t`Divide it into several jobs.` }),
  bucket_not_allowed: () => ({ what: t`This service may not read from that bucket.`, todo: t`Ask the operator of this service to allow it, then retry.` }),
  bucket_refused: () => ({ what: t`The bucket refuses this service.`, todo: t`Tell the operator of the bucket, then retry.` }),
  bucket_unavailable: () => ({ what: t`The bucket did not answer.`, todo: again() }),
  nothing_succeeded: () => ({ what: t`No picture could be colorized.`, todo: t`The list below says why.` }),
};

/** Why an entry is no picture to colorize. */
const SKIPPED: Record<string, Sentences> = {
  directory: () => ({ what: t`A folder, not a picture.`, todo: nothing }),
  link: () => ({ what: t`A link; links are not followed.`, todo: t`Pack the file that it points to.` }),
  special_file: () => ({ what: t`A device or another special file.`, todo: nothing }),
  system_file: () => ({ what: t`A file that an operating system or a file server added.`, todo: nothing }),
  hidden_file: () => ({ what: t`A hidden file.`, todo: t`If it is a picture, rename it so that its name begins with no dot.` }),
  nested_archive: () => ({ what: t`An archive inside the source.`, todo: t`Submit it as a job of its own.` }),
  not_an_image: () => ({ what: t`No picture, judging by its name and size.`, todo: nothing }),
  trailing_data: () => ({ what: t`Bytes after the end of the archive.`, todo: t`If they matter, submit them by themselves.` }),
};

export function explainFailure(failure: Schema<"Failure">): Explanation {
  const { code } = failure;
  const sentences = PICTURES[code] ?? ENTRIES[code] ?? SERVICE[code] ?? SKIPPED[code];
  if (!sentences) return { what: t`It failed for a reason that this page does not know.`, todo: again() };
  const { what, todo } = sentences();
  return { what, todo: code in PICTURES && !canRetry(failure) ? `${todo} ${resubmit()}` : todo };
}

/** Whether a retry may help. An unknown failure is worth a try. */
export function canRetry({ code }: Schema<"Failure">): boolean {
  return PASSING.has(code) || !(code in PICTURES || code in ENTRIES || code in SERVICE);
}

/** Of a selection, given those of it that failed. Null: a retry may help. */
export function whyNoRetry(job: Job, failed: readonly Item[]): string | null {
  if (hasUntried(job)) return t`This job ended before all of its pictures were tried. Colorize the rest instead.`;
  if (failed.length === 0) return t`Only pictures that failed can be retried.`;
  if (failed.some(({ error }) => !error || canRetry(error))) return null;
  return t`These would fail again. Submit mended files as a new job.`;
}
