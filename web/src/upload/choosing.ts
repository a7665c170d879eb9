// Asking for files and folders. Chromium's picker of files gives out handles, which survive a reload; its picker of folders
// silently leaves out files with some names, so folders come by the input element, as in other browsers.
import type { Picked } from "./sources";
import { fromFiles, fromHandles, type OnFound } from "./walking";

/** Reads what was chosen, which takes a while for many files. */
export type Choice = (onFound: OnFound) => Promise<Picked[]>;

export const canChooseFolders =
  typeof window !== "undefined" && "webkitdirectory" in HTMLInputElement.prototype;

export function filesChoice(files: readonly File[], isKept = false): Choice {
  return (onFound) => fromFiles(files, onFound, isKept);
}

/** Null if nothing was chosen, or the browser has no picker: then `input` was opened, and its change event brings files. */
export async function pickFiles(input: HTMLInputElement | null): Promise<Choice | null> {
  if (!window.showOpenFilePicker) {
    input?.click();
    return null;
  }
  try {
    const handles = await window.showOpenFilePicker({ multiple: true });
    return (onFound) => fromHandles(handles, onFound);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}
