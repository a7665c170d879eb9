// The page's few icons. They repeat what a text beside them, or the control's label, says: screen readers skip them.
const PATHS = {
  arrowLeft: "M10 3 5 8l5 5",
  arrowRight: "m6 3 5 5-5 5",
  check: "m3 8.500 3.500 3.500L13 4.500",
  close: "m4 4 8 8m0-8-8 8",
  download: "M8 2v8m0 0 3.500-3.500M8 10 4.500 6.500M2.500 13.500h11",
  flag: "M4 14.500V2.500h8.500l-2 3 2 3H4",
  expand: "M9.500 2.500h4v4M6.500 13.500h-4v-4m11-7L9 7m-6.500 6.500L7 9",
  failed: "M8 4.500v4M8 11v.200M8 1.500l6.800 12.500H1.200z",
  minus: "M3 8h10",
  picture: "M2 3h12v10H2zm0 8 3.500-4 3 3.500L11 8l3 3",
  plus: "M3 8h10M8 3v10",
  retry: "M13 8a5 5 0 1 1-1.500-3.600M13 1.500v3h-3",
  upload: "M8 11V3m0 0L4.500 6.500M8 3l3.500 3.500M2.500 13.500h11",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg viewBox="0 0 16 16" width="1.1em" height="1.1em" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
