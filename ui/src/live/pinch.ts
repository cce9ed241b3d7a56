// Two fingers on the picture: apart, and it fills the screen up to its edges; together, and all of it is seen again.

const WIDE = 1.15;
const NARROW = 0.87;

interface Point {
  x: number;
  y: number;
}

export class Pinch {
  readonly #fill: (wide: boolean) => void;
  readonly #fingers = new Map<number, Point>();
  #apart = 0;

  constructor(fill: (wide: boolean) => void) {
    this.#fill = fill;
  }

  /** Two fingers are on it. */
  get on(): boolean {
    return this.#fingers.size > 1;
  }

  down(finger: number, x: number, y: number): void {
    this.#fingers.set(finger, { x, y });
    this.#apart = this.#distance();
  }

  move(finger: number, x: number, y: number): void {
    if (!this.#fingers.has(finger)) return;
    this.#fingers.set(finger, { x, y });
    if (!this.on || this.#apart === 0) return;
    const part = this.#distance() / this.#apart;
    if (part > WIDE) this.#fill(true);
    else if (part < NARROW) this.#fill(false);
  }

  up(finger: number): void {
    this.#fingers.delete(finger);
  }

  #distance(): number {
    const [one, other] = [...this.#fingers.values()];
    return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  }
}
