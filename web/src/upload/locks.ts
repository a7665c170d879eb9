// One tab at a time. Web Locks end with their tab, however it ends. Pages without TLS have none, so there two tabs may
// send the same parts: that takes longer, and harms nothing, because a part replaces itself.
export type Release = () => void;

/** Null if another tab has it. */
export function holdNow(name: string): Promise<Release | null> {
  return request(name, { ifAvailable: true });
}

/** Waits until no other tab has it. */
export async function hold(name: string): Promise<Release> {
  return (await request(name, {})) ?? noRelease;
}

function noRelease(): void {
  // There was nothing to hold.
}

function request(name: string, options: LockOptions): Promise<Release | null> {
  const locks = "locks" in navigator ? navigator.locks : null;
  if (!locks) return Promise.resolve(noRelease);
  return new Promise((resolve, reject) => {
    locks
      .request(`photochrom.${name}`, options, (lock) => {
        if (lock) return new Promise<void>((release) => { resolve(release); });
        resolve(null);
        return undefined;
      })
      .catch(reject);
  });
}
