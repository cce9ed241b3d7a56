// Whether a picture stutters because it comes more slowly than it is played: then the viewer's own link is too thin, and that is said, in one
// calm line, for as long as it is so. Two things must come together, a picture that stood and pieces that took about as long as they last;
// and the track must be well, which only somebody else can tell. A line that comes and goes would be worse than none: it stays until nothing
// has stood for a while.
import { HEADROOM } from "./check.ts";
import type { Trouble } from "./trouble.ts";

/** What is looked back at. */
const WINDOW_MS = 20_000;
/** So long a picture stood in that while, altogether, for somebody to have noticed. */
const STOOD_MIN_MS = 1_000;
/** Less media than that says nothing about a link. */
const MEDIA_MIN_S = 3;
/** Whoever found nothing wrong with the link is not asked again so soon. */
const ASK_AGAIN_MS = 20_000;
/** A while without a standstill ends it where there is room again, a longer one always. */
const CALM_MS = 20_000;
const CALM_MAX_MS = 60_000;
/** A link over which nothing came for so long is more than thin. */
const FLOWS_MS = 10_000;
/** That is room: so much more comes than is played. */
const ROOM = 1.5;

/** A piece of media. */
interface Piece {
  at: number;
  bytes: number;
  /** From its first byte to its last. */
  tookMs: number;
  lastsS: number;
}

export class Thin {
  /** The line stands there. */
  said = $state(false);
  /** Whether it is the link, kilobits per second as measured, and not the stream. */
  onsuspicion: (kbps: number) => Promise<boolean> = () => Promise.resolve(false);
  /** Something comes. */
  #flows = $state(true);
  #pieces: Piece[] = [];
  #stood: { at: number; ms: number }[] = [];
  #stoodAt = -Infinity;
  #askedAt = -Infinity;
  /** Somebody has read it and wants to see the picture. */
  #dismissed = false;
  /** Answers of before are about another picture. */
  #round = 0;

  /** A piece has come. */
  came(at: number, bytes: number, tookMs: number, lastsS: number): void {
    this.#pieces.push({ at, bytes, tookMs, lastsS });
  }

  /** The picture stood though it should have moved. */
  stood(at: number, ms: number): void {
    this.#stood.push({ at, ms });
    this.#stoodAt = at;
  }

  /** Whether the line says it all: a picture that stands for the moment, over a link that carries something. */
  explains({ code, final }: Trouble): boolean {
    return this.said && this.#flows && !final && (code === "M-BUF-1" || code === "M-NET-2" || code === "M-NET-3");
  }

  /** How often what comes could be played in the time that it takes; null: too little came to tell. */
  #room(): number | null {
    const lastsS = this.#pieces.reduce((sum, piece) => sum + piece.lastsS, 0);
    const tookMs = this.#pieces.reduce((sum, piece) => sum + piece.tookMs, 0);
    return lastsS < MEDIA_MIN_S ? null : (lastsS * 1_000) / Math.max(1, tookMs);
  }

  #kbps(): number {
    const bytes = this.#pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    return Math.round((bytes * 8) / Math.max(1, this.#pieces.reduce((sum, piece) => sum + piece.tookMs, 0)));
  }

  /** Called again and again. */
  look(now: number): void {
    const isRecent = ({ at }: { at: number }): boolean => now - at <= WINDOW_MS;
    if (this.#pieces[0] && !isRecent(this.#pieces[0])) this.#pieces = this.#pieces.filter(isRecent);
    if (this.#stood[0] && !isRecent(this.#stood[0])) this.#stood = this.#stood.filter(isRecent);
    const newest = this.#pieces.at(-1);
    this.#flows = newest !== undefined && now - newest.at < FLOWS_MS;
    if (this.said) {
      const calmMs = now - this.#stoodAt;
      if (calmMs >= CALM_MAX_MS || (calmMs >= CALM_MS && (this.#room() ?? 0) >= ROOM)) this.said = false;
    } else if (!this.#dismissed && this.#stood.length > 0 && now - this.#askedAt >= ASK_AGAIN_MS) this.#suspect(now);
  }

  #suspect(now: number): void {
    const room = this.#room();
    if (room === null || room >= HEADROOM || this.#stood.reduce((sum, { ms }) => sum + ms, 0) < STOOD_MIN_MS) return;
    this.#askedAt = now;
    const round = this.#round;
    void this.onsuspicion(this.#kbps()).then((is) => {
      if (round === this.#round && !this.#dismissed) this.said = is;
    });
  }

  dismiss(): void {
    this.#dismissed = true;
    this.said = false;
  }

  /** Another picture: nothing is known about it. */
  reset(): void {
    this.#round += 1;
    [this.#pieces, this.#stood, this.#stoodAt, this.#askedAt] = [[], [], -Infinity, -Infinity];
    [this.said, this.#dismissed] = [false, false];
  }
}
