// Tells the server what this viewer gets: soon after the beginning, every half a minute, and at the end.
import type { Realtime } from "../lib/rt.ts";
import type { CheckReport, Report, Sample } from "./truth.ts";
import { freshCode, Tally } from "./truth.ts";

const EVERY_MS = 30_000;
/** The first report comes once the beginning can be judged, so that a code can be looked up at once. */
const FIRST_MS = 6_000;

export class Reporter {
  /** The code of this session: for as long as the page is open. */
  readonly code = freshCode((bytes) => crypto.getRandomValues(bytes));
  tally = new Tally();
  #track = "";
  #number = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #check: CheckReport | undefined;
  #told = false;
  readonly #rt: Realtime;
  readonly #conf: string;
  readonly #sample: () => Sample;

  constructor(rt: Realtime, conf: string, sample: () => Sample) {
    this.#rt = rt;
    this.#conf = conf;
    this.#sample = sample;
    addEventListener("pagehide", this.#gone);
    addEventListener("pageshow", this.#back);
  }

  /** From now on it is about another track. */
  begin(track: string): void {
    if (track === this.#track) return;
    if (this.#told) this.#send(true);
    this.#track = track;
    this.tally = new Tally();
    this.#told = false;
    this.#plan(FIRST_MS * (0.7 + 0.6 * Math.random()));
  }

  /** A check of the viewer's link has come to a verdict, which the help desk can see at once. */
  checked(check: CheckReport): Promise<boolean> {
    this.#check = check;
    return this.#send(false);
  }

  close(): void {
    clearTimeout(this.#timer);
    removeEventListener("pagehide", this.#gone);
    removeEventListener("pageshow", this.#back);
    if (this.#told) void this.#send(true);
  }

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.#send(false);
      this.#plan(EVERY_MS * (0.9 + 0.2 * Math.random()));
    }, ms);
  }

  #report(done: boolean): Report {
    this.#number += 1;
    const sums = this.tally.take(performance.now());
    return { v: 2, conf: this.#conf, track: this.#track, sid: this.code, sn: this.#number, ...this.#sample(), ...sums, check: this.#check, done };
  }

  /** Whether the server has it. A lost report is not repeated: the next one has the same sums. */
  async #send(done: boolean): Promise<boolean> {
    if (this.#rt.status !== "open") return false;
    this.#told = true;
    try {
      await this.#rt.command("live.report", this.#report(done), { withinMs: 10_000 });
      return true;
    } catch {
      return false;
    }
  }

  /** The page goes away: there is no time for an answer. */
  #gone = (): void => {
    if (!this.#told && !this.tally.hasStarted) return;
    const address = `/api/v2/conferences/${encodeURIComponent(this.#conf)}/tracks/${encodeURIComponent(this.#track)}/reports`;
    const body = new Blob([JSON.stringify({ ...this.#report(true), sta: "q" })], { type: "application/json" });
    navigator.sendBeacon(address, body);
  };
  #back = (event: PageTransitionEvent): void => {
    if (event.persisted) this.#plan(FIRST_MS);
  };
}
