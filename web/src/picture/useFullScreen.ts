import { type RefObject, useEffect, useState } from "react";

interface FullScreen {
  isFullScreen: boolean;
  /** Null where the browser has none for elements, as on iPhones. */
  toggle: (() => void) | null;
}

export function useFullScreen(element: RefObject<HTMLElement | null>): FullScreen {
  const [isFullScreen, setIsFullScreen] = useState(false);
  useEffect(() => {
    const onChange = () => {
      setIsFullScreen(document.fullscreenElement !== null);
    };
    document.addEventListener("fullscreenchange", onChange);
    return () => {
      document.removeEventListener("fullscreenchange", onChange);
    };
  }, []);
  const toggle = () => {
    void (isFullScreen ? document.exitFullscreen() : element.current?.requestFullscreen());
  };
  return { isFullScreen, toggle: document.fullscreenEnabled ? toggle : null };
}
