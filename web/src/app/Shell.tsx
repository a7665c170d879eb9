import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";

import styles from "./Shell.module.css";

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  const [path] = useLocation();
  const links = [
    { to: "/", label: t`New job`, isCurrent: path === "/" },
    { to: "/jobs", label: t`Jobs`, isCurrent: path.startsWith("/jobs") },
    { to: "/settings", label: t`Settings`, isCurrent: path === "/settings" },
  ];
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        <Trans>Skip to the content</Trans>
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.brand} aria-label="Photochrom">
          <img src="/page/icon.svg" alt="" width={28} height={28} />
          <span>Photochrom</span>
        </Link>
        <nav aria-label={t`Main`}>
          <ul className={styles.links}>
            {links.map(({ to, label, isCurrent }) => (
              <li key={to}>
                <Link to={to} className={styles.link} aria-current={isCurrent ? "page" : undefined}>
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
