import type { Ref } from "react";

interface Props {
  ref: Ref<HTMLInputElement>;
  label: string;
  isFolder?: boolean;
  accept?: string;
  onFiles: (files: readonly File[]) => void;
}

/** Not shown: a button opens it. */
export function FileInput({ ref, label, isFolder = false, accept, onFiles }: Props) {
  return (
    <input
      ref={ref}
      className="visually-hidden"
      type="file"
      multiple
      webkitdirectory={isFolder ? "" : undefined}
      accept={accept}
      tabIndex={-1}
      aria-label={label}
      onChange={({ target }) => {
        const files = [...(target.files ?? [])];
        target.value = ""; // So that the same files can be chosen again.
        if (files.length > 0) onFiles(files);
      }}
    />
  );
}
