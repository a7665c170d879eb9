import { Trans, useLingui } from "@lingui/react/macro";
import { lazy, Suspense } from "react";
import { Link, Route, Switch } from "wouter";

import { JobsView } from "../jobs/JobsView";
import { JobView } from "../jobs/JobView";
import { SettingsView } from "../settings/SettingsView";
import { buttonClass } from "../ui/Button";
import { Loading } from "../ui/states";
import { DropView } from "../upload/DropView";
import { Page } from "./Page";

// Nobody needs these at first: they are loaded with the first picture that somebody opens.
const PictureView = lazy(async () => ({ default: (await import("../picture/PictureView")).PictureView }));
const ReviewView = lazy(async () => ({ default: (await import("../review/ReviewView")).ReviewView }));

/** api/page/paths.py names the same paths: the gateway answers them with this page. */
export function Routes() {
  return (
    <Suspense fallback={<Loading />}>
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
    </Suspense>
  );
}

function UnknownPath() {
  const { t } = useLingui();
  return (
    <Page title={t`There is no such page`}>
      <p>
        <Trans>The address may be mistyped, or what it led to was removed.</Trans>
      </p>
      <p>
        <Link to="/" className={buttonClass("primary")}>
          <Trans>To the first page</Trans>
        </Link>
      </p>
    </Page>
  );
}
