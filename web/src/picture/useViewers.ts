import { type RefObject, useEffect, useEffectEvent, useState } from "react";

import { type Size, type View, WHOLE } from "./geometry";
import type * as Zooming from "./viewers";
import type { Viewers } from "./viewers";

interface Parts extends Omit<Zooming.Events, "onView"> {
  hosts: readonly RefObject<HTMLElement | null>[];
  previews: readonly string[];
  size: Size;
  start: View;
}

interface Zoomed {
  /** Null until they are loaded. Without them everything works but zooming. */
  viewers: Viewers | null;
  view: View;
}

export function useViewers({ hosts, previews, size, start, ...events }: Parts): Zoomed {
  const [viewers, setViewers] = useState<Viewers | null>(null);
  const [view, setView] = useState(WHOLE);
  const onDrag = useEffectEvent(events.onDrag);
  const onClick = useEffectEvent(events.onClick);
  const make = useEffectEvent((module: typeof Zooming) => {
    const elements = hosts.flatMap(({ current }) => current ?? []);
    return new module.Viewers(elements, size, { onView: setView, onDrag, onClick });
  });
  const open = useEffectEvent((made: Viewers) => made.open(previews, start));
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    let made: Viewers | undefined;
    const load = async () => {
      const module = await import("./viewers");
      signal.throwIfAborted();
      made = make(module);
      await open(made);
      signal.throwIfAborted();
      setViewers(made);
    };
    load().catch((error: unknown) => {
      if (!signal.aborted) console.warn("Pictures cannot be zoomed.", error);
    });
    return () => {
      leaving.abort();
      made?.destroy();
      setViewers(null);
    };
  }, []);
  return { viewers, view };
}
