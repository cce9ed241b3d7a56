// How far behind live to stay. hls.js adds a fifth of a second to its delay at every stall and never takes it back, so a rough start would
// cost a viewer that delay for the rest of the day. After a calm while a step is tried back, a long one from far behind; whoever stalls on that
// waits longer next time.

const CALM_MS = 6_000;
const CALM_MAX_MS = 300_000;
/** A stall so soon after a step back was caused by it. */
const BLAME_MS = 30_000;
export const STEP_S = 0.2;
/** Of a long delay this much is given back at once: a link that was too thin for a minute costs seconds, which would take minutes in small steps. */
const SHARE = 1 / 3;

export class Calm {
  #since: number;
  #needed = CALM_MS;
  #loweredAt = -Infinity;

  constructor(now: number) {
    this.#since = now;
  }

  stalled(now: number): void {
    this.#since = now;
    if (now - this.#loweredAt > BLAME_MS) return;
    this.#needed = Math.min(this.#needed * 2, CALM_MAX_MS);
    this.#loweredAt = -Infinity;
  }

  /** The delay to aim for from now on, seconds; null: as it is. `least` is what the server asks players to keep. */
  lower(now: number, target: number, least: number): number | null {
    if (least <= 0 || target <= least + 0.01 || now - this.#since < this.#needed) return null;
    this.#since = now;
    this.#loweredAt = now;
    return Math.max(least, target - Math.max(STEP_S, (target - least) * SHARE));
  }
}
