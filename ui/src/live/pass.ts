// The right to watch, where it needs one: a prefix of the media's addresses that the server renews before it ends. Requests take the prefix
// of the moment they are sent in, so that a renewal touches neither the picture nor what is under way.

export interface PassData {
  /** "/t/…" */
  prefix: string;
  /** RFC 3339. */
  expires_at: string;
}

/** Of its life, a pass is renewed somewhere in this part: not by all viewers at once, and with time for some attempts. */
const RENEW_FROM = 0.45;
const RENEW_TO = 0.7;
const RENEW_MIN_MS = 1_000;
/** After a renewal that did not work. */
const AGAIN_MS = 5_000;

/** An address without whatever prefix it has, and with this one. */
export function under(prefix: string, url: string): string {
  return url.replace(/^(https?:\/\/[^/]+)?(?:\/t\/[^/]+)?(?=\/media\/)/, (_, origin: string | undefined) => `${origin ?? ""}${prefix}`);
}

/** When to renew a pass, in milliseconds from `nowMs`. */
export function renewIn(pass: PassData, nowMs: number, random: number): number {
  const left = Date.parse(pass.expires_at) - nowMs;
  return Math.max(RENEW_MIN_MS, left * (RENEW_FROM + (RENEW_TO - RENEW_FROM) * random));
}

export interface World {
  now(): number;
  random(): number;
  later(run: () => void, ms: number): () => void;
}

/** Keeps a pass alive. `renew` asks the server; null means that none is needed (any more), a rejection that it could not be asked. */
export class Keeper {
  #pass: PassData | null = null;
  #cancel: () => void = () => {};
  #asking = false;
  #askedAt = -Infinity;
  readonly #renew: () => Promise<PassData | null>;
  readonly #world: World;
  readonly #changed: (prefix: string) => void;

  constructor(renew: () => Promise<PassData | null>, changed: (prefix: string) => void, world: World) {
    this.#renew = renew;
    this.#changed = changed;
    this.#world = world;
  }

  get prefix(): string {
    return this.#pass?.prefix ?? "";
  }

  /** The pass that the server has just given. */
  take(pass: PassData | null): void {
    this.#cancel();
    this.#cancel = () => {};
    const before = this.prefix;
    this.#pass = pass;
    if (this.prefix !== before) this.#changed(this.prefix);
    if (pass) this.#cancel = this.#world.later(() => void this.now(), renewIn(pass, this.#world.now(), this.#world.random()));
  }

  /** A pass that may be older than the one that is kept: a state that was remembered for a while is told again. */
  offer(pass: PassData | null): void {
    if (pass && this.#pass && Date.parse(pass.expires_at) <= Date.parse(this.#pass.expires_at)) return;
    this.take(pass);
  }

  /** A request was refused: asks at once, but not again and again if that does not help. */
  refused(): void {
    if (this.#world.now() - this.#askedAt >= AGAIN_MS) void this.now();
  }

  /** Renews at once. */
  async now(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    this.#askedAt = this.#world.now();
    this.#cancel();
    try {
      this.take(await this.#renew());
    } catch {
      // Without a connection there is nothing to renew it by; what is left of its life goes on.
      this.#cancel = this.#world.later(() => void this.now(), AGAIN_MS);
    } finally {
      this.#asking = false;
    }
  }

  close(): void {
    this.#cancel();
    this.#pass = null;
  }
}
