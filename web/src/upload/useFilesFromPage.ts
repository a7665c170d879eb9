import { useEffect, useEffectEvent, useState } from "react";

import { type Choice, filesChoice } from "./choosing";
import { fromDrop } from "./walking";

/** Takes what is dropped or pasted anywhere on the page. Returns whether files are being dragged over it. */
export function useFilesFromPage(take: (choice: Choice) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const onChoice = useEffectEvent(take);
  useEffect(() => {
    const control = new AbortController();
    const on = <Name extends keyof WindowEventMap>(name: Name, listener: (event: WindowEventMap[Name]) => void) => {
      window.addEventListener(name, listener, control);
    };
    on("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setIsOver(true);
    });
    on("dragleave", (event) => {
      if (event.relatedTarget === null) setIsOver(false);
    });
    on("drop", (event) => {
      event.preventDefault();
      setIsOver(false);
      if (event.dataTransfer?.types.includes("Files")) onChoice(fromDrop(event.dataTransfer.items));
    });
    on("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) onChoice(filesChoice(files, true));
    });
    return () => {
      control.abort();
    };
  }, []);
  return isOver;
}
