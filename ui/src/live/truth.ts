// What a viewer got: start-up, stalls, latency, switches, errors. Names are those of CMCD version 2 (CTA-5004-B) where it has one. Sums count
// from the beginning of a session on a track, so that a report that comes twice, late or never spoils nothing.
import type { Code } from "./trouble.ts";

/** starting, playing, rebuffering, paused, waiting for somebody's gesture, fatal error, gone. */
export type State = "s" | "p" | "r" | "a" | "w" | "f" | "q";

/** What is so at the moment of a report. */
export interface Sample {
  sta: State;
  /** Live latency, ms; not of somebody who watches the past. */
  ltc?: number | undefined;
  /** Buffer, ms. */
  bl?: number | undefined;
  /** Encoded, highest offered and measured throughput, kbit/s. */
  br?: number | undefined;
  tb?: number | undefined;
  mtp?: number | undefined;
  /** Playback rate. */
  pr?: number | undefined;
  /** Dropped frames. */
  dfa?: number | undefined;
  /** The page is hidden. */
  bg: boolean;
  audio_only: boolean;
}

/** The verdict of a check of the viewer's own link. */
export interface CheckReport {
  verdict: string;
  rtt_ms?: number | undefined;
  kbps?: number | undefined;
}

export interface Report extends Sample {
  v: 2;
  conf: string;
  track: string;
  /** Session: the code that a viewer can pass on. */
  sid: string;
  /** Number of the report. */
  sn: number;
  /** Media start delay, ms: from asking for the picture to the first one. */
  msd?: number | undefined;
  /** Stalls: how often, and how long altogether, ms. */
  bsa: number;
  bsda: number;
  /** Errors since the report before. */
  ec?: Code[] | undefined;
  switches: number;
  /** How long pictures moved, ms. */
  shown_ms: number;
  check?: CheckReport | undefined;
  /** The last report of this session on this track. */
  done: boolean;
}

const ERRORS_MAX = 8;
/** A stall of less is not told as one: nobody sees it. */
export const STALL_MIN_MS = 300;
/** Beyond this a stall is no measure of the way any more; the machine slept or nobody looked. */
const STALL_MAX_MS = 600_000;

/** Adds up what happens on one track. */
export class Tally {
  #askedAt: number | null = null;
  #startupMs: number | null = null;
  #stalls = 0;
  #stalledMs = 0;
  #stallSince: number | null = null;
  #switches = 0;
  #shownMs = 0;
  #movingSince: number | null = null;
  #errors: Code[] = [];

  /** Somebody wants a picture, from now on. Later wishes do not count: there was a picture already. */
  asked(now: number): void {
    if (this.#startupMs === null && this.#askedAt === null) this.#askedAt = now;
  }

  /** The wait is not the way's fault: the browser wants a gesture first, or nobody looks. */
  excused(): void {
    this.#askedAt = null;
  }

  /** The picture moves. */
  moves(now: number): void {
    if (this.#askedAt !== null && this.#startupMs === null) this.#startupMs = Math.max(0, now - this.#askedAt);
    this.#endStall(now);
    this.#movingSince ??= now;
  }

  /** It does not any more, for whatever reason. */
  rests(now: number): void {
    if (this.#movingSince !== null) this.#shownMs += Math.max(0, now - this.#movingSince);
    this.#movingSince = null;
  }

  /** It stopped at `since` though it should not have. */
  stalls(since: number): void {
    if (this.#startupMs === null || this.#stallSince !== null) return;
    this.#stallSince = since;
    this.#stalls += 1;
  }

  /** The stall is over, or it is none any more: somebody paused, the server says that nothing is sent. */
  #endStall(now: number): void {
    if (this.#stallSince === null) return;
    this.#stalledMs += Math.min(STALL_MAX_MS, Math.max(0, now - this.#stallSince));
    this.#stallSince = null;
  }
  forgiven(now: number): void {
    this.#endStall(now);
  }

  switched(): void {
    this.#switches += 1;
  }

  failed(code: Code): void {
    if (this.#errors.length < ERRORS_MAX) this.#errors.push(code);
  }

  get hasStarted(): boolean {
    return this.#startupMs !== null;
  }

  /** The sums at `now`; errors are handed over. */
  take(now: number): Pick<Report, "msd" | "bsa" | "bsda" | "ec" | "switches" | "shown_ms"> {
    const standing = this.#stallSince === null ? 0 : Math.min(STALL_MAX_MS, Math.max(0, now - this.#stallSince));
    const moving = this.#movingSince === null ? 0 : Math.max(0, now - this.#movingSince);
    const errors = this.#errors;
    this.#errors = [];
    return {
      msd: this.#startupMs === null ? undefined : Math.round(this.#startupMs),
      bsa: this.#stalls,
      bsda: Math.round(this.#stalledMs + standing),
      ec: errors.length > 0 ? errors : undefined,
      switches: this.#switches,
      shown_ms: Math.round(this.#shownMs + moving),
    };
  }
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const CODE_CHARS = 8;

/** A session's code: easy to read out, 40 bits, no letter that is mistaken for a digit. */
export function freshCode(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): string {
  return [...random(new Uint8Array(CODE_CHARS))].map((byte) => ALPHABET[byte % 32]).join("");
}

/** A code as it is shown: "K7Q2-9F3M". */
export function spelled(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
