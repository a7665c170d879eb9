import { Trans, useLingui } from "@lingui/react/macro";

import { Page } from "../app/Page";
import { AppearanceSettings } from "./AppearanceSettings";
import { SessionSettings } from "./SessionSettings";
import styles from "./SettingsView.module.css";

export function SettingsView() {
  const { t } = useLingui();
  return (
    <Page title={t`Settings`}>
      <section className={styles.section} aria-labelledby="appearance">
        <h2 id="appearance">
          <Trans>This browser</Trans>
        </h2>
        <AppearanceSettings />
      </section>
      <section className={styles.section} aria-labelledby="session">
        <h2 id="session">
          <Trans>Access</Trans>
        </h2>
        <SessionSettings />
      </section>
    </Page>
  );
}
