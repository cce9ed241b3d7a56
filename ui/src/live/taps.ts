// What clicks and taps on the picture mean. A mouse: once plays or pauses, twice fills the screen, and a double click does not also stutter
// the picture. A finger: once shows or hides the controls, twice at a side goes back or forward and goes on with every further tap, twice
// in the middle fills the screen. Either, held down: twice as fast for as long.

export interface Doing {
  toggle(): void;
  full(): void;
  reveal(): void;
  step(seconds: number): void;
  /** Held down, or not any more. */
  hurry(on: boolean): void;
}

export interface Tap {
  touch: boolean;
  at: number;
  x: number;
  /** 0 is the left edge of the picture, 1 the right one. */
  side: number;
}

export const DOUBLE_MS = 300;
const CLICK_MS = 220;
const NEAR_PX = 60;
const SIDE = 0.35;
const STEP_S = 10;
/** So long is held, and no longer tapped. */
export const HOLD_MS = 500;
/** Somebody who moves further than this does something else. */
const STILL_PX = 12;

export class Taps {
  readonly #doing: Doing;
  #last: Tap | null = null;
  #click: ReturnType<typeof setTimeout> | undefined;
  #hold: ReturnType<typeof setTimeout> | undefined;
  #pressed: { x: number; y: number } | null = null;
  #held = false;

  constructor(doing: Doing) {
    this.#doing = doing;
  }

  tap(tap: Tap): void {
    const again = this.#last !== null && this.#last.touch === tap.touch && tap.at - this.#last.at < DOUBLE_MS && Math.abs(tap.x - this.#last.x) < NEAR_PX;
    this.#last = tap;
    if (!tap.touch) this.#clicked(again);
    else if (again) this.#doubled(tap);
    else this.#doing.reveal();
  }

  /** A finger or the mouse goes down. */
  press(x: number, y: number): void {
    this.release();
    this.#pressed = { x, y };
    this.#hold = setTimeout(() => {
      this.#held = true;
      this.#doing.hurry(true);
    }, HOLD_MS);
  }

  /** It moves; far enough, and it is not held but dragged. */
  move(x: number, y: number): void {
    if (this.#pressed && !this.#held && Math.hypot(x - this.#pressed.x, y - this.#pressed.y) > STILL_PX) clearTimeout(this.#hold);
  }

  /** It goes up, or away; whether it was held, which is no tap. */
  release(): boolean {
    clearTimeout(this.#hold);
    this.#pressed = null;
    const held = this.#held;
    this.#held = false;
    if (held) this.#doing.hurry(false);
    return held;
  }

  /** It is held down right now. */
  get holds(): boolean {
    return this.#held;
  }

  close(): void {
    clearTimeout(this.#click);
    this.release();
  }

  #clicked(again: boolean): void {
    clearTimeout(this.#click);
    if (again) {
      this.#last = null;
      this.#doing.full();
    } else this.#click = setTimeout(() => this.#doing.toggle(), CLICK_MS);
  }

  #doubled(tap: Tap): void {
    if (tap.side < SIDE) this.#doing.step(-STEP_S);
    else if (tap.side > 1 - SIDE) this.#doing.step(STEP_S);
    else {
      this.#last = null;
      this.#doing.full();
    }
  }
}
