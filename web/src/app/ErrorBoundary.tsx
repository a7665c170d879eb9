import { Trans } from "@lingui/react/macro";
import { Component, type ReactNode } from "react";

import { Button } from "../ui/Button";
import { Empty } from "../ui/states";

/** A bug in a view leaves the rest of the page, and a running upload, alone. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Empty title={error.message}>
        <p>
          <Trans>This view failed. Your jobs are not affected.</Trans>
        </p>
        <Button
          onClick={() => {
            this.setState({ error: null });
          }}
        >
          <Trans>Show it again</Trans>
        </Button>
      </Empty>
    );
  }
}
