import { Trans } from "@lingui/react/macro";

import { needsSignIn } from "../api/problems";
import { type Session, useSession, useSignOut } from "../api/session";
import { Button } from "../ui/Button";
import { Failed, Loading } from "../ui/states";
import { useFormat } from "../ui/useFormat";
import { SignInForm } from "./SignInForm";

export function SessionSettings() {
  const session = useSession();
  if (session.isPending) return <Loading />;
  if (session.isError) {
    if (needsSignIn(session.error)) return <SignInForm />;
    return <Failed error={session.error} onRetry={() => void session.refetch()} />;
  }
  return session.data.key === null ? <NoKeyNeeded /> : <SignedIn session={session.data} />;
}

function NoKeyNeeded() {
  return (
    <p>
      <Trans>
        This service asks nobody for a key: everyone who can reach it sees the same jobs. That changes when its operator
        creates the first key.
      </Trans>
    </p>
  );
}

function SignedIn({ session }: { session: Session }) {
  const format = useFormat();
  const signOut = useSignOut();
  const { owner, key, expires_at: end } = session;
  const time = end ? format.dateTime(end) : "";
  return (
    <>
      <p>
        <Trans>
          Signed in as <strong>{owner}</strong>, with the key <code>{key}</code>.
        </Trans>{" "}
        {end && <Trans>This session ends at {time}.</Trans>}
      </p>
      {end && (
        <p>
          <Button
            disabled={signOut.isPending}
            onClick={() => {
              signOut.mutate();
            }}
          >
            <Trans>Sign out</Trans>
          </Button>
        </p>
      )}
    </>
  );
}
