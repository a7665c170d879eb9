import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Route, Switch } from "wouter";

import { SettingsView } from "../settings/SettingsView";
import { Page } from "./Page";

/** api/page/paths.py names the same paths: the gateway answers them with this page. */
export function Routes() {
  return (
    <Switch>
      <Route path="/settings">
        <SettingsView />
      </Route>
      <Route>
        <UnknownPath />
      </Route>
    </Switch>
  );
}

function UnknownPath() {
  const { t } = useLingui();
  return (
    <Page title={t`There is no such page`}>
      <p>
        <Link to="/jobs">
          <Trans>All jobs</Trans>
        </Link>
      </p>
    </Page>
  );
}
