import { Trans, useLingui } from "@lingui/react/macro";
import { type SubmitEvent, useState } from "react";
import { Link, useSearchParams } from "wouter";

import { useJobs } from "../api/jobs";
import { Page } from "../app/Page";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { Empty, Failed, Loading } from "../ui/states";
import { JobList } from "./JobList";
import styles from "./JobsView.module.css";
import { StorageUsed } from "./StorageUsed";

export function JobsView() {
  const { t } = useLingui();
  const [search, setSearch] = useSearchParams();
  const label = search.get("label");
  const jobs = useJobs(label);
  const all = jobs.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page title={t`Jobs`}>
      <LabelFilter
        key={label}
        label={label}
        onChange={(next) => {
          setSearch(next ? { label: next } : {});
        }}
      />
      <StorageUsed />
      {jobs.isPending && <Loading />}
      {jobs.isError && <Failed error={jobs.error} onRetry={() => void jobs.refetch()} />}
      {jobs.isSuccess && all.length === 0 && <NoJobs label={label} />}
      {all.length > 0 && <JobList jobs={all} hasActions />}
      {jobs.hasNextPage && (
        <p>
          <Button disabled={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            <Trans>Show older jobs</Trans>
          </Button>
        </p>
      )}
    </Page>
  );
}

function NoJobs({ label }: { label: string | null }) {
  const { t } = useLingui();
  if (label) {
    return (
      <Empty title={t`No job has the label “${label}”`}>
        <p>
          <Trans>Labels must match in full, with the same capitals.</Trans>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title={t`No jobs yet`}>
      <p>
        <Link to="/">
          <Trans>Drop the first pictures</Trans>
        </Link>
      </p>
    </Empty>
  );
}

function LabelFilter({ label, onChange }: { label: string | null; onChange: (label: string) => void }) {
  const { t } = useLingui();
  const [text, setText] = useState(label ?? "");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onChange(text.trim());
  };
  return (
    <form className={styles.filter} role="search" onSubmit={submit}>
      <input
        className={form.input}
        type="search"
        aria-label={t`Label`}
        placeholder={t`Find by label`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <Button type="submit">
        <Trans>Find</Trans>
      </Button>
      {label && (
        <Button
          tone="quiet"
          onClick={() => {
            onChange("");
          }}
        >
          <Trans>All jobs</Trans>
        </Button>
      )}
    </form>
  );
}
