// What this browser remembers of its user's choices. Blocked storage is no error: the choice lasts until the tab closes.
const PREFIX = "photochrom.";
const chosen = new Map<string, string>();

export function preference(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name) ?? chosen.get(name) ?? null;
  } catch {
    return chosen.get(name) ?? null;
  }
}

export function setPreference(name: string, value: string | null): void {
  if (value === null) chosen.delete(name);
  else chosen.set(name, value);
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Blocked: `chosen` has it.
  }
}
