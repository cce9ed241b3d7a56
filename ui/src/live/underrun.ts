// What Chromium does when it has run out of sound or pictures, and how it is got going again. After every such underrun it waits for twice as
// much sound as after the one before, in the end for three seconds, however much of it lies in the buffer; a viewer a second behind live then
// looks at a standing picture although what comes next is there. It forgets that where something is sought. So a picture that stands in front
// of enough is moved on by a little: never back, for the picture on the screen may be a little ahead of the clock.

/** Enough to go on with, seconds. */
const ENOUGH_S = 0.4;
/** What is left out: more than one picture, less than anybody misses after a standstill. */
export const STEP_S = 0.1;
/** For so long a browser may go on by itself. */
const PATIENCE_MS = 150;
/** A picture that was moved on has time to be decoded. */
const REST_MS = 1_000;

type Element = Pick<HTMLVideoElement, "buffered" | "currentTime" | "paused" | "seeking" | "readyState">;

/** Seconds that can be played on from where it is; what lies behind a hole does not count. */
export function ahead({ buffered, currentTime }: Pick<Element, "buffered" | "currentTime">): number {
  for (let n = 0; n < buffered.length; n += 1) {
    if (buffered.start(n) <= currentTime && currentTime < buffered.end(n)) return buffered.end(n) - currentTime;
  }
  return 0;
}

export class Underrun {
  #since: number | null = null;
  #at = -1;
  #movedAt = -REST_MS;

  /** Looks at the picture; where it has to be moved to, if it stands though it could go on. */
  look(video: Element, now: number): number | null {
    const stands = !video.paused && !video.seeking && video.readyState < HAVE_FUTURE_DATA && ahead(video) >= ENOUGH_S;
    if (!stands || video.currentTime !== this.#at) {
      this.#at = video.currentTime;
      this.#since = stands ? now : null;
      return null;
    }
    this.#since ??= now;
    if (now - this.#since < PATIENCE_MS || now - this.#movedAt < REST_MS) return null;
    [this.#since, this.#movedAt] = [null, now];
    return video.currentTime + STEP_S;
  }
}

/** `HTMLMediaElement.HAVE_FUTURE_DATA`. */
const HAVE_FUTURE_DATA = 3;
