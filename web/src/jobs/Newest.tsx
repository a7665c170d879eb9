import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "wouter";

import { previewPath } from "../api/items";
import { isEnded, type Job, useLatest } from "../api/jobs";
import styles from "./Newest.module.css";

const MOST = 12;

/** What has just turned to color, the newest first. Frames are there before their pictures, so that nothing moves; once
 *  the job has ended, those that stay empty go. */
export function Newest({ job }: { job: Job }) {
  const latest = useLatest(job.id);
  const newest = [...latest].reverse();
  const expected = job.items === null ? MOST : job.items - job.counts.skipped;
  const places = isEnded(job) ? newest.length : Math.min(MOST, expected);
  if (places === 0 && newest.length === 0) return null;
  return (
    <section className={styles.newest} aria-labelledby="newest">
      <h2 id="newest" className={styles.heading}>
        <Trans>Newest results</Trans>
      </h2>
      <ul className={styles.row}>
        {Array.from({ length: Math.max(places, newest.length) }, (_, place) => {
          const index = newest[place];
          return (
            <li key={place} className={styles.place} aria-hidden={index === undefined}>
              {index !== undefined && <Newly job={job} index={index} />}
            </li>
          );
        })}
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
  const [broken, setBroken] = useState<number | null>(null);
  const number = index + 1;
  return (
    <Link to={`/jobs/${job.id}/pictures/${index}`} className={styles.link} aria-label={t`Picture ${number}`}>
      {broken !== index && (
        <img
          src={previewPath(job.id, index)}
          alt=""
          decoding="async"
          onError={() => {
            setBroken(index);
          }}
        />
      )}
    </Link>
  );
}
