import { useEffect, useEffectEvent } from "react";

/** Keys of a whole view, by `KeyboardEvent.key` in lower case, such as `u` or `ctrl+z` (control or command). They do
 *  nothing in a control that uses the same key. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const key = (event.ctrlKey || event.metaKey ? "ctrl+" : "") + event.key.toLowerCase();
    const act = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (!act || event.defaultPrevented || event.altKey) return;
    if (event.target instanceof Element && event.target.closest(key === " " ? PRESSED_BY_SPACE : TYPED_INTO)) return;
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

const TYPED_INTO = "input, select, textarea, dialog";
const PRESSED_BY_SPACE = `${TYPED_INTO}, button, a, summary`;
