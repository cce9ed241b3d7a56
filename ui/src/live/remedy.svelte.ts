// What is done about a picture that does not come: tried again with growing, random delays, rebuilt where gentler ways do not help, and given
// up with a sentence and a button when trying is of no use.
import { delayOf, isSpent, troubleOf, type Code, type Trouble } from "./trouble.ts";

/** A picture that stands still this long is trouble worth a sentence. */
const TROUBLE_MS = 2_500;
/** A standing picture without any error from below is helped after this, again and again. */
const HELP_MS = 6_000;
/** An error explains a standing picture for this long. */
const CAUSE_MS = 20_000;
/**
 * Every so many attempts the player is built anew, for what gentler ways do not heal. Rarely for a lost network: what is kept then goes on
 * where it stood, on the same time line.
 */
const REBUILD_AFTER = 3;
const REBUILD_NETWORK_AFTER = 8;
/** What a browser cannot play may come otherwise soon: AAC beside Opus is there some seconds after somebody goes live. */
const OTHERWISE_MS = 6_000;

export interface Doing {
  /** Whether there is a picture to be helped. */
  ready(): boolean;
  /** Helps, gently or from the beginning. */
  help(anew: boolean): void;
  /** Asks for nothing more. */
  stop(): void;
}

export class Remedy {
  trouble = $state.raw<Trouble | null>(null);
  readonly #doing: Doing;
  #troubledAt: number | null = null;
  #helpedAt = 0;
  #attempt = 0;
  #cause: { code: Code; at: number } | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(doing: Doing) {
    this.#doing = doing;
  }

  /** The decoder is what has to be helped. */
  get isMedia(): boolean {
    return this.#cause?.code === "M-DEC-1" || this.#cause?.code === "M-DEC-2";
  }

  /** An attempt is due later, or none any more. */
  get waits(): boolean {
    return this.#retry !== undefined || this.trouble?.final === true;
  }

  /** Another picture: nothing is known against it. */
  reset(): void {
    this.rest();
    this.#attempt = 0;
    this.trouble = null;
    this.#troubledAt = null;
    this.#cause = null;
  }

  /** Somebody or something gives new hope: trying begins from the start. */
  forget(): void {
    this.#attempt = 0;
    this.#troubledAt = null;
    if (this.trouble?.final && this.trouble.code !== "M-DEV-1") this.trouble = null;
  }

  /** No attempt is due any more. */
  rest(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  /** An attempt is being made. */
  helped(now: number): void {
    this.#helpedAt = now;
  }

  /** Something went wrong below, which may or may not matter. */
  noted(code: Code): void {
    this.#cause = { code, at: performance.now() };
  }

  /** Nothing more comes from below by itself. */
  failed(code: Code): void {
    this.noted(code);
    if (code === "M-DEV-1") {
      this.trouble = troubleOf(code, 0);
      this.#retry ??= setTimeout(() => this.#otherwise(), OTHERWISE_MS * (0.6 + 0.4 * Math.random()));
    } else this.#retry ??= setTimeout(() => this.again(), delayOf(this.#attempt, Math.random()));
  }

  /** Try again, first gently, then from the beginning. */
  again(): void {
    if (this.trouble?.code === "M-DEV-1") return this.#otherwise();
    this.rest();
    if (!this.#doing.ready() || this.trouble?.final) return;
    this.#attempt += 1;
    const network = this.#cause?.code.startsWith("M-NET") ?? false;
    this.#doing.help(this.#attempt % (network ? REBUILD_NETWORK_AFTER : REBUILD_AFTER) === 0);
  }

  /** Look whether there is by now what this browser can play. What is said stays until a picture moves. */
  #otherwise(): void {
    this.rest();
    if (this.#doing.ready()) this.#doing.help(true);
  }

  /** The picture moves. */
  well(): void {
    this.#attempt = 0;
    this.#troubledAt = null;
    this.trouble = null;
  }

  /** Looks at how long a wanted picture has been standing; `expected`: the server says that there is one. */
  judge(now: number, standing: number, expected: boolean): void {
    if (this.trouble?.final) return;
    if (!expected) {
      // The slate says what is going on; keep listening quietly.
      this.trouble = null;
      this.#troubledAt = null;
      if (now - this.#helpedAt > HELP_MS * 2) this.again();
      return;
    }
    if (standing > TROUBLE_MS && this.#complain(now)) return;
    if (standing > HELP_MS && now - this.#helpedAt > HELP_MS && this.#retry === undefined) this.again();
  }

  /** Says what is wrong; whether it is given up. */
  #complain(now: number): boolean {
    const recent = this.#cause && now - this.#cause.at < CAUSE_MS ? this.#cause.code : "M-BUF-1";
    const code: Code = navigator.onLine ? recent : "M-NET-0";
    this.#troubledAt ??= now;
    if (navigator.onLine && isSpent(now - this.#troubledAt, this.#attempt)) {
      this.trouble = troubleOf(code, this.#attempt, true);
      this.rest();
      this.#doing.stop();
      return true;
    }
    if (this.trouble?.code !== code || this.trouble.attempt !== this.#attempt) this.trouble = troubleOf(code, this.#attempt);
    return false;
  }
}

