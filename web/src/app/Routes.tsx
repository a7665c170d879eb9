import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Route, Switch } from "wouter";

import { JobsView } from "../jobs/JobsView";
import { JobView } from "../jobs/JobView";
import { PictureView } from "../picture/PictureView";
import { ReviewView } from "../review/ReviewView";
import { SettingsView } from "../settings/SettingsView";
import { DropView } from "../upload/DropView";
import { Page } from "./Page";

/** api/page/paths.py names the same paths: the gateway answers them with this page. */
export function Routes() {
  return (
    <Switch>
      <Route path="/">
        <DropView />
      </Route>
      <Route path="/jobs">
        <JobsView />
      </Route>
      <Route path="/jobs/:id">{({ id }) => <JobView key={id} id={id} />}</Route>
      <Route path="/jobs/:id/review">{({ id }) => <ReviewView key={id} id={id} />}</Route>
      <Route path="/jobs/:id/pictures/:index">
        {({ id, index }) => (/^\d{1,9}$/.test(index) ? <PictureView jobId={id} index={Number(index)} /> : <UnknownPath />)}
      </Route>
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
