import { Trans, useLingui } from "@lingui/react/macro";
import type { RefObject } from "react";

import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { useFormat } from "../ui/useFormat";
import styles from "./Toolbar.module.css";
import { useFullScreen } from "./useFullScreen";
import { CLOSER, FARTHER } from "./zooming";
import type { Viewers } from "./viewers";

interface Props {
  figure: RefObject<HTMLElement | null>;
  viewers: Viewers | null;
  /** Pixels of the screen for each pixel of the picture. */
  scale: number;
  isSideBySide: boolean;
  onSideBySide: (isSideBySide: boolean) => void;
  isOnlyBefore: boolean;
  onOnlyBefore: (isOnlyBefore: boolean) => void;
}

export function Toolbar(props: Props) {
  const { t } = useLingui();
  const percent = useFormat().percent(props.scale);
  const { isFullScreen, toggle } = useFullScreen(props.figure);
  const { viewers } = props;
  return (
    <div className={styles.toolbar} role="group" aria-label={t`How the picture is shown`}>
      <span className={styles.zoom}>
        <Button aria-label={t`Zoom out`} title="−" disabled={!viewers} onClick={() => viewers?.zoomBy(FARTHER)}>
          <Icon name="minus" />
        </Button>
        <Button
          aria-label={t`Zoom: ${percent}. Show at actual size`}
          disabled={!viewers}
          onClick={() => viewers?.zoomBy(1 / props.scale)}
        >
          <span className={styles.percent}>{percent}</span>
        </Button>
        <Button aria-label={t`Zoom in`} title="+" disabled={!viewers} onClick={() => viewers?.zoomBy(CLOSER)}>
          <Icon name="plus" />
        </Button>
        <Button disabled={!viewers} title="0" onClick={() => viewers?.fit()}>
          <Trans>Fit</Trans>
        </Button>
        {toggle && (
          <Button aria-pressed={isFullScreen} onClick={toggle}>
            <Icon name={isFullScreen ? "close" : "expand"} />
            <span className={styles.word}>
              <Trans>Full screen</Trans>
            </span>
          </Button>
        )}
      </span>
      <Button
        aria-pressed={props.isOnlyBefore}
        aria-keyshortcuts="O"
        disabled={props.isSideBySide}
        title={t`Hold O to see the original`}
        onClick={() => {
          props.onOnlyBefore(!props.isOnlyBefore);
        }}
      >
        <Trans>Show original</Trans>
      </Button>
      <Button
        aria-pressed={props.isSideBySide}
        onClick={() => {
          props.onSideBySide(!props.isSideBySide);
        }}
      >
        <Trans>Side by side</Trans>
      </Button>
    </div>
  );
}
