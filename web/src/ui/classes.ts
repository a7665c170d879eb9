/** The class names that apply, for `className`. */
export function classes(...names: (string | undefined | false | null)[]): string {
  return names.filter(Boolean).join(" ");
}
