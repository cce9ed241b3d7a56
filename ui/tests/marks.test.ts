import { describe, expect, test } from "vitest";
import { Marks, type MarkedPart } from "../src/live/marks.ts";

function part(sn: number, index: number, level = 0): MarkedPart {
  const start = sn * 2 + index / 3;
  const elementaryStreams: MarkedPart["elementaryStreams"] = { audio: null, video: null, audiovideo: null };
  return {
    index,
    start,
    end: start + 1 / 3,
    fragment: { level, sn },
    elementaryStreams,
    get loaded() {
      return Object.values(this.elementaryStreams).some((stream) => stream !== null);
    },
  };
}

const ranges = (...pairs: [number, number][]): TimeRanges => ({ length: pairs.length, start: (n) => pairs[n]?.[0] ?? 0, end: (n) => pairs[n]?.[1] ?? 0 });

describe("marks on parts", () => {
  test("what was appended and can be played is marked again when hls.js forgot it", () => {
    const marks = new Marks();
    marks.append(part(4, 0), "audiovideo");
    const later = [part(4, 0), part(4, 1)];
    marks.restore(later, ranges([6, 8.32]));
    expect(later.map(({ loaded }) => loaded)).toEqual([true, false]);
  });

  test("what left the buffer is not", () => {
    const marks = new Marks();
    marks.append(part(4, 0), "audiovideo");
    const later = [part(4, 0)];
    marks.restore(later, ranges([9, 10]));
    expect(later[0]?.loaded).toBe(false);
  });

  test("what is there in part only has to be had again", () => {
    const marks = new Marks();
    marks.append(part(4, 0), "audiovideo");
    const later = [part(4, 0)];
    marks.restore(later, ranges([8, 8.2]));
    expect(later[0]?.loaded).toBe(false);
  });

  test("the same number of another quality is another part", () => {
    const marks = new Marks();
    marks.append(part(4, 0, 0), "audiovideo");
    const other = [part(4, 0, 1)];
    marks.restore(other, ranges([6, 9]));
    expect(other[0]?.loaded).toBe(false);
  });

  test("what left the playlist is forgotten", () => {
    const marks = new Marks();
    marks.append(part(4, 0), "audiovideo");
    marks.restore([part(5, 0)], ranges([6, 12]));
    const back = [part(4, 0)];
    marks.restore(back, ranges([6, 12]));
    expect(back[0]?.loaded).toBe(false);
  });

  test("a part is marked as soon as it is in the buffer", () => {
    const one = part(4, 0);
    new Marks().append(one, "video");
    expect(one.loaded).toBe(true);
  });
});
