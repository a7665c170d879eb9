import { Trans } from "@lingui/react/macro";
import { type SubmitEvent, useId, useState } from "react";

import { needsSignIn, sentenceOf } from "../api/problems";
import { useSignIn } from "../api/session";
import { Button } from "../ui/Button";
import styles from "../ui/Form.module.css";

export function SignInForm({ onSignedIn }: { onSignedIn?: () => void }) {
  const [key, setKey] = useState("");
  const signIn = useSignIn();
  const id = useId();

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    signIn.mutate(key, {
      onSuccess: () => {
        setKey("");
        onSignedIn?.();
      },
    });
  };

  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.field}>
        <label htmlFor={id}>
          <Trans>API key</Trans>
        </label>
        <input
          id={id}
          className={styles.input}
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          required
          value={key}
          aria-describedby={`${id}-help`}
          aria-invalid={signIn.isError}
          onChange={(event) => {
            setKey(event.target.value);
          }}
        />
        <p id={`${id}-help`} className={styles.help}>
          <Trans>
            It starts with <code>pc_</code>; whoever runs this service creates it. This browser keeps no copy of it.
          </Trans>
        </p>
      </div>
      {signIn.isError && (
        <p role="alert" className={styles.error}>
          {whyNot(signIn.error)}
        </p>
      )}
      <Button tone="primary" type="submit" disabled={signIn.isPending}>
        <Trans>Sign in</Trans>
      </Button>
    </form>
  );
}

/** The gateway says what is wrong with a key; elsewhere the same status means that there is none. */
function whyNot(error: Error): string {
  return needsSignIn(error) ? error.message : sentenceOf(error);
}
