import { useLingui } from "@lingui/react/macro";
import { useSyncExternalStore } from "react";

import { SignInForm } from "../settings/SignInForm";
import { Dialog } from "../ui/Dialog";
import { isSignInNeeded, onSignInChange, signInDone, signInSucceeded } from "./signIn";

/** Over whatever view was open: a session that ends takes nothing away. */
export function SignInDialog() {
  const { t } = useLingui();
  const needed = useSyncExternalStore(onSignInChange, isSignInNeeded);
  if (!needed) return null;
  return (
    <Dialog title={t`Sign in`} onClose={signInDone}>
      <SignInForm onSignedIn={signInSucceeded} />
    </Dialog>
  );
}
