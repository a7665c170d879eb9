import { useEffect, useEffectEvent } from "react";

/** Keys of a whole view: `KeyboardEvent.key` in lower case, `shift+` before names such as `arrowleft`, `ctrl+` before
 *  any. They do nothing in a control that uses the same key. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const name = nameOf(event);
    const act = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (!act || event.defaultPrevented || event.altKey || isForControl(event)) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      onKey(event);
    };
    window.addEventListener("keydown", listener);
    return () => {
      window.removeEventListener("keydown", listener);
    };
  }, []);
}

/** Which character a key types depends on Shift already; what it is named does not. */
function nameOf({ key, shiftKey, ctrlKey, metaKey }: KeyboardEvent): string {
  const isNamed = key.length > 1;
  return `${ctrlKey || metaKey ? "ctrl+" : ""}${shiftKey && isNamed ? "shift+" : ""}${key.toLowerCase()}`;
}

/** Whether the control with the focus uses the key itself. Sliders use arrows and the like, but no characters. */
export function isForControl({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.matches(SLIDER)) return key.length > 1;
  return target.closest(key === " " ? PRESSED_BY_SPACE : TYPED_INTO) !== null;
}

const SLIDER = "input[type=range]";
const TYPED_INTO = "input, select, textarea, dialog, [data-moved-by-keys]";
const PRESSED_BY_SPACE = `${TYPED_INTO}, button, a, summary`;
