// Whether the gateway has refused a request because nobody is signed in. A store, so that any part of the page can say so.
type Listener = () => void;

let needed = false;
const listeners = new Set<Listener>();

function set(value: boolean): void {
  needed = value;
  for (const listener of listeners) listener();
}

export function requireSignIn(): void {
  set(true);
}

export function signInDone(): void {
  set(false);
}

export function isSignInNeeded(): boolean {
  return needed;
}

export function onSignInChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const signedIn = new Set<Listener>();

/** Somebody has signed in after `requireSignIn`. */
export function signInSucceeded(): void {
  set(false);
  for (const listener of signedIn) listener();
}

export function onSignedIn(listener: Listener): void {
  signedIn.add(listener);
}
