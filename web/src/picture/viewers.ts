// The full pictures, zoomed and moved in step: two viewers of OpenSeadragon, one a pane. It knows no React, and is
// loaded when a picture is looked at: it is as large as all other code of the page.
import OpenSeadragon from "openseadragon";

import { isZoomed, type Size, type View, WHOLE } from "./geometry";

export interface Events {
  onView: (view: View) => void;
  /** A pointer that went down at `from` is at `to` now, in pixels of its pane. True: it moves something else. */
  onDrag: (from: number, to: number) => boolean;
  onClick: (left: number, top: number) => void;
}

/** The least that one sees of a picture's pixels at the highest zoom. */
const MOST_PIXEL_ZOOM = 4;
const MOST_ZOOM = 8;
const ANIMATION_S = 0.35;

export class Viewers {
  readonly #viewers: OpenSeadragon.Viewer[];
  readonly #picture: Size;
  readonly #events: Events;
  /** Which of them a person moves; the others follow. */
  #leader: OpenSeadragon.Viewer | undefined;
  #view = WHOLE;

  constructor(panes: readonly HTMLElement[], picture: Size, events: Events) {
    this.#picture = picture;
    this.#events = events;
    this.#viewers = panes.map((pane) => this.#viewerIn(pane));
    this.#leader = this.#viewers[0];
  }

  /** Resolves when the view can be changed. The small pictures say where the full ones belong; they are not drawn. */
  async open(previews: readonly string[], view: View): Promise<void> {
    await Promise.all(this.#viewers.map((viewer, pane) => add(viewer, previews[pane] ?? "", { index: 0, opacity: 0 })));
    this.#limitZoom();
    this.show(view);
  }

  /** Draws a full picture as soon as it is loaded. */
  async draw(pane: number, url: string): Promise<void> {
    const viewer = this.#viewers[pane];
    if (viewer) await add(viewer, url, { index: 1, opacity: 1 });
  }

  show({ zoom, x, y }: View): void {
    const viewport = this.#leader?.viewport;
    if (!viewport) return;
    viewport.zoomTo(viewport.getHomeZoom() * zoom, undefined, true);
    viewport.panTo(new OpenSeadragon.Point(x, y / this.#ratio), true);
    viewport.applyConstraints(true);
    this.#follow(viewport);
  }

  zoomBy(factor: number): void {
    this.#leader?.viewport.zoomBy(factor);
    this.#leader?.viewport.applyConstraints();
  }

  /** By a share of the pane. */
  moveBy(x: number, y: number): void {
    const viewport = this.#leader?.viewport;
    if (!viewport) return;
    const bounds = viewport.getBounds();
    viewport.panBy(new OpenSeadragon.Point(x * bounds.width, y * bounds.height));
    viewport.applyConstraints();
  }

  fit(): void {
    this.#leader?.viewport.goHome();
  }

  destroy(): void {
    for (const viewer of this.#viewers) viewer.destroy();
    this.#viewers.length = 0;
    this.#leader = undefined;
  }

  get #ratio(): number {
    return this.#picture.width / this.#picture.height;
  }

  #viewerIn(element: HTMLElement): OpenSeadragon.Viewer {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const viewer = new OpenSeadragon.Viewer({
      element,
      // Pictures that storage serves are of another origin: a canvas draws them, WebGL would need more rights.
      drawer: "canvas",
      showNavigationControl: false,
      silenceMultiImageWarnings: true,
      animationTime: isStill ? 0 : ANIMATION_S,
      visibilityRatio: 1,
      constrainDuringPan: true,
      minZoomImageRatio: 1,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true },
    });
    // The page has a control for each thing that it could do by keys.
    viewer.canvas.removeAttribute("tabindex");
    this.#listen(viewer);
    return viewer;
  }

  #listen(viewer: OpenSeadragon.Viewer): void {
    let from = 0;
    let isTaken = false;
    const lead = () => {
      this.#leader = viewer;
    };
    viewer.addHandler("canvas-press", ({ position }) => {
      lead();
      from = position.x;
    });
    viewer.addHandler("canvas-scroll", (event) => {
      lead();
      event.preventDefaultAction = this.#isForPage(event.scroll);
      event.preventDefault = !event.preventDefaultAction;
    });
    viewer.addHandler("canvas-drag", (event) => {
      isTaken = this.#events.onDrag(from, event.position.x);
      event.preventDefaultAction = isTaken;
    });
    viewer.addHandler("canvas-drag-end", (event) => {
      event.preventDefaultAction = isTaken;
    });
    viewer.addHandler("canvas-click", ({ quick, position }) => {
      if (quick) this.#events.onClick(position.x, position.y);
    });
    viewer.addHandler("viewport-change", () => {
      if (viewer === this.#leader) this.#follow(viewer.viewport);
    });
    viewer.addHandler("resize", () => {
      // OpenSeadragon keeps what fits into the diagonal: not all of a picture that was seen whole.
      const view = this.#view;
      queueMicrotask(() => {
        this.#limitZoom();
        this.show(view);
      });
    });
  }

  /** A wheel zooms, unless it has a page to scroll. */
  #isForPage(scroll: number): boolean {
    return !isZoomed(this.#view) && !document.fullscreenElement && (scroll < 0 || window.scrollY > 0);
  }

  #follow(viewport: OpenSeadragon.Viewport): void {
    const [zoom, center] = [viewport.getZoom(true), viewport.getCenter(true)];
    for (const viewer of this.#viewers) {
      // A finger scrolls the page past a whole picture, and moves a zoomed one.
      viewer.canvas.style.touchAction = isZoomed(this.#view) ? "none" : "pan-y";
      if (viewer === this.#leader) continue;
      viewer.viewport.zoomTo(zoom, undefined, true);
      viewer.viewport.panTo(center, true);
    }
    this.#view = { zoom: zoom / viewport.getHomeZoom(), x: center.x, y: center.y * this.#ratio };
    this.#events.onView(this.#view);
  }

  #limitZoom(): void {
    for (const { viewport } of this.#viewers) {
      const pixels = this.#picture.width / viewport.getContainerSize().x;
      const maxZoomLevel = Math.max(MOST_PIXEL_ZOOM * pixels, MOST_ZOOM * viewport.getHomeZoom());
      Object.assign(viewport, { maxZoomLevel }); // Of its documentation, but not of its types.
    }
  }
}

/** Rejects if the browser cannot show the picture. */
function add(viewer: OpenSeadragon.Viewer, url: string, options: { index: number; opacity: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const success = () => {
      resolve();
    };
    const error = () => {
      reject(new Error(`This picture cannot be shown: ${url}`));
    };
    const replace = options.index < viewer.world.getItemCount();
    viewer.addSimpleImage({ url, width: 1, ...options, replace, success, error });
  });
}
