import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "wouter";

import { previewPath } from "../api/items";
import { type Job, useLatest } from "../api/jobs";
import styles from "./Newest.module.css";

const MOST = 12;

/** What has just turned to color, the newest first. Its frames are there before the pictures, so that nothing moves. */
export function Newest({ job }: { job: Job }) {
  const { t } = useLingui();
  const latest = useLatest(job.id);
  const newest = [...latest].reverse();
  const places = Math.min(MOST, job.items ?? MOST);
  return (
    <section className={styles.newest} aria-label={t`Newest results`}>
      <ul className={styles.row}>
        {newest.map((index) => (
          <li key={`${job.run} ${index}`} className={styles.place}>
            <Newly job={job} index={index} />
          </li>
        ))}
        {Array.from({ length: Math.max(0, places - newest.length) }, (_, place) => (
          <li key={place} className={styles.place} aria-hidden="true" />
        ))}
      </ul>
      {newest.length === 0 && (
        <p className={styles.none}>
          <Trans>The newest results appear here.</Trans>
        </p>
      )}
    </section>
  );
}

function Newly({ job, index }: { job: Job; index: number }) {
  const { t } = useLingui();
  const [isBroken, setIsBroken] = useState(false);
  const number = index + 1;
  return (
    <Link to={`/jobs/${job.id}/pictures/${index}`} className={styles.link} aria-label={t`Picture ${number}`}>
      {!isBroken && (
        <img
          src={previewPath(job.id, index)}
          alt=""
          decoding="async"
          onError={() => {
            setIsBroken(true);
          }}
        />
      )}
    </Link>
  );
}
