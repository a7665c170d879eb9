import { useEffect, useState } from "react";

import { isForControl } from "./useKeys";

/** Whether a key is down, by `KeyboardEvent.key` in lower case. */
export function useHeldKey(key: string): boolean {
  const [isHeld, setIsHeld] = useState(false);
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === key && !isForControl(event)) setIsHeld(true);
    };
    const up = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === key) setIsHeld(false);
    };
    // A key that is let go in another window is not heard here.
    const leave = () => {
      setIsHeld(false);
    };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", leave);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", leave);
    };
  }, [key]);
  return isHeld;
}
