import { describe, expect, test, vi } from "vitest";
import { Thin } from "../src/live/thin.svelte.ts";
import { troubleOf } from "../src/live/trouble.ts";

const PART_S = 1 / 3;
/** 2 Mbit/s. */
const PART_BYTES = 83_333;

/** A viewer, a fifth of a second at a time; who is asked says that it is the link, or what a test says. */
class Viewer {
  readonly thin = new Thin();
  readonly asked = vi.fn<(kbps: number) => Promise<boolean>>(() => Promise.resolve(true));
  now = 0;
  /** Every time that the line came or went. */
  changes: boolean[] = [];
  #due = 0;

  constructor() {
    this.thin.onsuspicion = this.asked;
  }

  /** Watches for so many seconds over a link that carries so many times what is played; what is missing is stood. */
  async watches(seconds: number, room: number, stands = room < 1): Promise<this> {
    for (const end = this.now + seconds * 1_000; this.now < end; this.now += 200) {
      if (this.now >= this.#due) {
        const tookMs = (PART_S * 1_000) / room;
        this.thin.came(this.now, PART_BYTES, tookMs, PART_S);
        this.#due = this.now + Math.max(tookMs, PART_S * 1_000);
      }
      // Half a second at a time, as often as it takes.
      if (stands && this.now % 2_000 < 2_000 * Math.max(0.25, 1 - room)) this.thin.stood(this.now, 200);
      await this.looks();
    }
    return this;
  }

  async looks(): Promise<void> {
    const before = this.thin.said;
    this.thin.look(this.now);
    await Promise.resolve();
    await Promise.resolve();
    if (this.thin.said !== before) this.changes.push(this.thin.said);
  }
}

describe("a link that is too thin", () => {
  test("is said once, with its rate, for as long as it is so", async () => {
    const viewer = await new Viewer().watches(60, 0.7);
    expect(viewer.changes).toEqual([true]);
    expect(viewer.asked).toHaveBeenCalledTimes(1);
    expect(viewer.asked.mock.calls[0]?.[0]).toBeCloseTo(1_400, -2);
    await viewer.watches(15, 20);
    expect(viewer.thin.said, "not gone at the first good moment").toBe(true);
    await viewer.watches(10, 20);
    expect(viewer.changes).toEqual([true, false]);
  });
  test("that stops the picture now and then stays said in between", async () => {
    const viewer = await new Viewer().watches(15, 0.9);
    for (let n = 0; n < 10; n += 1) await (await viewer.watches(25, 1.05)).watches(2, 0.9);
    expect(viewer.changes).toEqual([true]);
  });
  test("and that suffices after all is not said for ever", async () => {
    const viewer = await (await new Viewer().watches(15, 0.9)).watches(61, 1.1);
    expect(viewer.changes).toEqual([true, false]);
  });
  test("is not said of a picture that goes on, or that stood for a moment", async () => {
    expect((await new Viewer().watches(60, 1.05)).asked).not.toHaveBeenCalled();
    const viewer = await new Viewer().watches(10, 1.1);
    viewer.thin.stood(viewer.now, 600);
    expect((await viewer.watches(30, 1.1)).asked).not.toHaveBeenCalled();
  });
  test("is not the reason where pieces come quickly, or none at all", async () => {
    expect((await new Viewer().watches(60, 20, true)).asked).not.toHaveBeenCalled();
    const viewer = new Viewer();
    for (; viewer.now < 60_000; viewer.now += 200) {
      viewer.thin.stood(viewer.now, 200);
      await viewer.looks();
    }
    expect(viewer.asked).not.toHaveBeenCalled();
  });
  test("is not said where whoever is asked finds another reason, and not asked about all the time", async () => {
    const viewer = new Viewer();
    viewer.asked.mockResolvedValue(false);
    await viewer.watches(50, 0.7);
    expect(viewer.changes).toEqual([]);
    expect(viewer.asked.mock.calls.length).toBeLessThanOrEqual(3);
  });
  test("is not said again to somebody who has put the line away, until there is another picture", async () => {
    const viewer = await new Viewer().watches(15, 0.7);
    viewer.thin.dismiss();
    await viewer.watches(60, 0.7);
    expect(viewer.thin.said).toBe(false);
    viewer.thin.reset();
    await viewer.watches(15, 0.7);
    expect(viewer.thin.said).toBe(true);
  });
  test("explains a picture that stands, unless nothing comes any more or somebody has to act", async () => {
    const viewer = await new Viewer().watches(15, 0.7);
    expect(viewer.thin.explains(troubleOf("M-BUF-1", 1))).toBe(true);
    expect(viewer.thin.explains(troubleOf("M-NET-3", 1))).toBe(true);
    for (const other of [troubleOf("M-NET-0", 1), troubleOf("M-DEC-1", 1), troubleOf("M-BUF-1", 20, true)]) expect(viewer.thin.explains(other)).toBe(false);
    viewer.now += 11_000;
    await viewer.looks();
    expect(viewer.thin.explains(troubleOf("M-NET-3", 1))).toBe(false);
    expect(viewer.thin.said, "and it is no better").toBe(true);
  });
  test("of another picture is nobody's any more, also when the answer comes late", async () => {
    const viewer = new Viewer();
    let answer: (is: boolean) => void = () => {};
    viewer.asked.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    await viewer.watches(15, 0.7);
    expect(viewer.asked).toHaveBeenCalledTimes(1);
    viewer.thin.reset();
    answer(true);
    await viewer.looks();
    expect(viewer.thin.said).toBe(false);
  });
});
