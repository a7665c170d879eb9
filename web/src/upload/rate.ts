// How fast bytes arrive, over the last seconds: what an average since the beginning would hide.
const WINDOW_MS = 12_000;
const LEAST_MS = 1_500;

export class Rate {
  private samples: { at: number; bytes: number }[] = [];

  /** `bytes` have arrived in all. It falls when a part has to be sent again. */
  note(bytes: number, now: number = performance.now()): void {
    this.samples = this.samples.filter(({ at }) => now - at <= WINDOW_MS);
    this.samples.push({ at: now, bytes });
  }

  forget(): void {
    this.samples = [];
  }

  /** Bytes per second; null as long as a number would be a guess. */
  perSecond(): number | null {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.at - first.at < LEAST_MS || last.bytes <= first.bytes) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }
}
