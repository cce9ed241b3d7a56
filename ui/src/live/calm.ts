// How far behind live to stay. hls.js adds a fifth of a second to its delay at every stall and never takes it back, so a rough start would
// cost a viewer that delay for the rest of the day. What lay in the buffer all through a calm while was not needed, and is given back at once
// but for a second: so a link that was too thin for a minute does not cost the seconds for many. Below that one step is tried back after a
// calm while; whoever stalls on that waits longer next time.

const CALM_MS = 6_000;
const CALM_MAX_MS = 300_000;
/** A stall so soon after a step back was caused by it. */
const BLAME_MS = 30_000;
export const STEP_S = 0.2;
/** Of what lay there unneeded so much stays. */
const KEPT_S = 1;

export class Calm {
  #since: number;
  #needed = CALM_MS;
  #loweredAt = -Infinity;
  /** The least that lay in the buffer since the moment, seconds: looked at anew after each calm while. */
  #spare = Infinity;
  #lookedAt: number;

  constructor(now: number) {
    this.#since = this.#lookedAt = now;
  }

  #begin(now: number): void {
    [this.#since, this.#lookedAt, this.#spare] = [now, now, Infinity];
  }

  stalled(now: number): void {
    this.#begin(now);
    if (now - this.#loweredAt > BLAME_MS) return;
    this.#needed = Math.min(this.#needed * 2, CALM_MAX_MS);
    this.#loweredAt = -Infinity;
  }

  /**
   * The delay to aim for from now on, seconds; null: as it is. `least` is what the server asks players to keep, `ahead` what can be played on
   * from what is in the buffer at that delay.
   */
  lower(now: number, target: number, least: number, ahead: number): number | null {
    this.#spare = Math.min(this.#spare, ahead);
    if (least <= 0 || target <= least + 0.01) return null;
    let unneeded = 0;
    if (now - this.#lookedAt >= CALM_MS) {
      unneeded = Math.min(this.#spare, target) - KEPT_S;
      [this.#lookedAt, this.#spare] = [now, Infinity];
    }
    if (unneeded <= STEP_S && now - this.#since < this.#needed) return null;
    this.#begin(now);
    this.#loweredAt = now;
    return Math.max(least, target - Math.max(STEP_S, unneeded));
  }
}
