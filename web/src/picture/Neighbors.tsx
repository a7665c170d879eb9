import { Trans, useLingui } from "@lingui/react/macro";
import { useLocation } from "wouter";

import { useItem } from "../api/items";
import type { Job } from "../api/jobs";
import { Button } from "../ui/Button";
import { Icon } from "../ui/icons";
import { useKeys } from "../ui/useKeys";
import styles from "./Neighbors.module.css";
import { placeOf, searchOf, START } from "./place";

/** To the pictures before and after this one, by button, arrow key or space. */
export function Neighbors({ job, index }: { job: Job; index: number }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [place, count] = [index + 1, job.items ?? 0];
  const isThere = (to: number) => to >= 0 && to < count;
  const go = (to: number) => {
    if (!isThere(to)) return;
    // The way of comparing stays, the place in the picture does not.
    const { slider, isSideBySide } = placeOf(window.location.search);
    navigate(`/jobs/${job.id}/pictures/${to}${searchOf({ ...START, slider, isSideBySide })}`, { replace: true });
  };
  const [previous, next] = [
    () => {
      go(index - 1);
    },
    () => {
      go(index + 1);
    },
  ];
  useKeys({ arrowleft: previous, arrowright: next, " ": next });
  return (
    <>
      <Button aria-label={t`Previous picture`} disabled={!isThere(index - 1)} onClick={previous}>
        <Icon name="arrowLeft" />
      </Button>
      {isThere(index) && (
        <span className={styles.place}>
          <Trans>
            {place} of {count}
          </Trans>
        </span>
      )}
      <Button aria-label={t`Next picture`} disabled={!isThere(index + 1)} onClick={next}>
        <Icon name="arrowRight" />
      </Button>
      {[index - 1, index + 1].filter(isThere).map((each) => (
        <Prefetched key={each} job={job} index={each} />
      ))}
    </>
  );
}

/** What the neighbor shows first is there already when somebody turns to it. */
function Prefetched({ job, index }: { job: Job; index: number }) {
  const links = useItem(job, index).data?.links;
  return [links?.source_preview, links?.preview].map((url) => url && <img key={url} src={url} alt="" hidden />);
}
