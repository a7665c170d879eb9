import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { QueryClientProvider } from "@tanstack/react-query";

import { ErrorBoundary } from "./ErrorBoundary";
import { queries } from "./queries";
import { Routes } from "./Routes";
import { Shell } from "./Shell";
import { SignInDialog } from "./SignInDialog";

export function App() {
  return (
    <I18nProvider i18n={i18n}>
      <QueryClientProvider client={queries}>
        <Shell>
          <ErrorBoundary>
            <Routes />
          </ErrorBoundary>
        </Shell>
        <SignInDialog />
      </QueryClientProvider>
    </I18nProvider>
  );
}
