import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from "react";

import { useHeldKey } from "../ui/useHeldKey";
import { useSize } from "../ui/useSize";
import styles from "./Compare.module.css";
import { clamp, isZoomed, type Placement, placementOf, type Point, pointAt, type Size, visibleWidth } from "./geometry";
import { Pane } from "./Pane";
import type { Place } from "./place";
import { Toolbar } from "./Toolbar";
import { type Rendition, useFullPicture } from "./useFullPicture";
import { useViewers } from "./useViewers";
import { useZoomKeys } from "./useZoomKeys";

interface Props {
  size: Size;
  before: Rendition;
  after: Rendition;
  start: Place;
  onPlace: (place: Place) => void;
  /** Shown instead of the result. */
  recolored: string | null;
  /** Named on the picture instead of the result. */
  note: ReactNode;
  /** While places are picked, a click picks one. */
  onPick: ((point: Point) => void) | null;
  /** What is drawn over the result. */
  marks: (placement: Placement) => ReactNode;
}

/** How near to the divider a pointer takes it from a zoomed picture. */
const REACH_PX = 24;

/** Before and after, one over the other with a divider between them, or side by side. The divider is a slider of the
 *  browser's own, as large as the picture: keys and screen readers work as with any slider. */
export function Compare({ size, before, after, start, onPlace, recolored, note, onPick, marks }: Props) {
  const { t } = useLingui();
  const [slider, setSlider] = useState(start.slider);
  const [isSideBySide, setIsSideBySide] = useState(start.isSideBySide);
  const [isBeforeKept, setIsBeforeKept] = useState(false);
  const isOnlyBefore = useHeldKey("o") || isBeforeKept;
  const figure = useRef<HTMLElement>(null);
  const beforeHost = useRef<HTMLDivElement>(null);
  const afterHost = useRef<HTMLDivElement>(null);
  const pane = useSize(afterHost);

  const { viewers, view } = useViewers({
    hosts: [beforeHost, afterHost],
    previews: [before.preview, after.preview],
    size,
    start,
    onDrag: (from, to) => {
      if (isSideBySide || (isZoomed(view) && Math.abs(from - divider * pane.width) > REACH_PX)) return false;
      setSlider(clamp(Math.round(((to / pane.width - visible.from) / visible.span) * 100), 0, 100));
      return true;
    },
    onClick: (left, top) => {
      const point = pointAt(placement, left, top);
      if (point) onPick?.(point);
    },
  });
  const placement = placementOf(pane, size, view);
  const visible = visibleWidth(pane, placement);
  const divider = visible.from + (visible.span * (isOnlyBefore ? 100 : slider)) / 100;
  const shownPx = Math.max(placement.width, placement.height);
  const isSmall = [
    useFullPicture(viewers, 0, before.full, shownPx),
    useFullPicture(viewers, 1, after.full, shownPx),
  ].some(Boolean);
  useZoomKeys(viewers);

  const shown = viewers ? view : start;
  const report = useEffectEvent(onPlace);
  useEffect(() => {
    report({ zoom: shown.zoom, x: shown.x, y: shown.y, slider, isSideBySide });
  }, [shown.zoom, shown.x, shown.y, slider, isSideBySide]);

  const vars = {
    "--ratio": size.width / size.height,
    "--divider": `${divider * 100}%`,
    "--from": `${visible.from * 100}%`,
    "--span": `${visible.span * 100}%`,
  } as const;
  return (
    <figure
      ref={figure}
      className={styles.compare}
      style={vars}
      data-view={isSideBySide ? "side-by-side" : "over"}
      data-picking={onPick ? "" : undefined}
    >
      <div className={styles.stage} data-zoomed={isZoomed(view) ? "" : undefined}>
        <Pane
          side="after"
          label={recolored ? t`Preview` : t`Colorized`}
          isNamed={Boolean(note)}
          preview={after.preview}
          over={recolored}
          placement={placement}
          host={afterHost}
        />
        <Pane side="before" label={t`Original`} preview={before.preview} placement={placement} host={beforeHost} />
        <div className={styles.marks}>
          {marks(placement)}
          {!isOnlyBefore && note}
        </div>
        {!isSideBySide && (
          <>
            <input
              className={styles.slider}
              data-passive={viewers ? "" : undefined}
              type="range"
              min={0}
              max={100}
              value={slider}
              aria-label={t`How much of the original is shown`}
              aria-valuetext={t`${slider} percent original`}
              onChange={(event) => {
                setSlider(Number(event.target.value));
              }}
            />
            <span className={styles.divider} aria-hidden="true" />
          </>
        )}
      </div>
      <figcaption className={styles.caption}>
        <Toolbar
          figure={figure}
          viewers={viewers}
          scale={(placement.width * devicePixelRatio) / size.width}
          isSideBySide={isSideBySide}
          onSideBySide={setIsSideBySide}
          isOnlyBefore={isOnlyBefore}
          onOnlyBefore={setIsBeforeKept}
        />
        {isSmall && (
          <p className={styles.note}>
            <Trans>Browsers cannot show this format. What you see is a small preview; the download has every pixel.</Trans>
          </p>
        )}
      </figcaption>
    </figure>
  );
}
