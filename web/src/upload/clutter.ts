// What systems leave beside pictures. It is not sent; what is sent nevertheless, the service skips by the same names
// (shared/archives/skipping.py, a test compares them).
export const SYSTEM_FOLDERS = [
  "__macosx", ".appledb", ".appledesktop", ".appledouble", ".documentrevisions-v100", ".fseventsd",
  ".pkinstallsandboxmanager", ".spotlight-v100", ".temporaryitems", ".trash", ".trashes", ".vol", "network trash folder",
  "temporary items", "thevolumesettingsfolder", "ipod photo cache", "$recycle.bin", "$windows.~bt", "found.000",
  "msocache", "recycled", "recycler", "system volume information", ".dtrash", "lost+found", "#recycle", "#snapshot",
  "@eadir", "@recently-snapshot", "@recycle", "@sharebin", "@sharesnap", "@synoresource", "@tmp", ".@__thumb", ".@__desc",
  ".@__qini", ".@__comments", ".@upload_cache", ".snapshot", "~snapshot",
];
export const SYSTEM_FILES = [
  ".apdisk", ".ds_store", ".localized", ".nomedia", ".volumeicon.icns", "autorun.inf", "desktop.ini", "ehthumbs.db",
  "ehthumbs_vista.db", "icon\r", "iconcache.db", "photothumb.db", "thumbs.db", "zbthumbs.db",
];
export const SYSTEM_BEGINNINGS = ["._", "~$", ".~lock.", ".fuse_hidden", ".smbdelete", ".com.apple."];
export const SYSTEM_ENDS = [
  "@synoeastream", "@synoresource", ":afp_afpinfo", ":afp_resource", ":com.apple.quarantine", ":encryptable",
  ":zone.identifier",
];

const folders = new Set(SYSTEM_FOLDERS);
const files = new Set(SYSTEM_FILES);

export function isClutter(path: string): boolean {
  const parts = path.toLowerCase().split("/");
  const name = parts.at(-1) ?? "";
  return (
    parts.some((part) => folders.has(part) || part.startsWith(".trash-")) ||
    files.has(name) ||
    SYSTEM_BEGINNINGS.some((beginning) => name.startsWith(beginning)) ||
    SYSTEM_ENDS.some((end) => name.endsWith(end))
  );
}
