import { describe, expect, test } from "vitest";
import { Cues, currentOf, found, nameOf, pick, SHOWN_MAX, type CaptionData } from "../src/live/cues.ts";
import { Mirror } from "../src/live/mirror.ts";

const START = Date.parse("2026-11-22T01:00:00Z");
const at = (second: number): string => new Date(START + second * 1000).toISOString();
const line = (id: string, from: number, text = id, more: Partial<CaptionData> = {}): CaptionData => ({
  id, language: "en", text, starts_at: at(from), ends_at: at(from + 4), revision: 1, interim: false, ...more,
});
const shown = (cues: Cues, second: number, language = "en"): string[] => cues.at(START + second * 1000, language).map((cue) => cue.lines.join("|"));

describe("captions", () => {
  test("are shown at the moment that the viewer sees, in the viewer's language", () => {
    const cues = new Cues();
    cues.all([line("a", 10, "one\ntwo"), line("b", 12), line("j", 10, "おはよう", { language: "ja" })]);
    expect([9, 10, 12, 14, 16].map((second) => shown(cues, second))).toEqual([[], ["one|two"], ["one|two", "b"], ["b"], []]);
    expect(shown(cues, 11, "ja")).toEqual(["おはよう"]);
    expect(shown(cues, 11, "fr")).toEqual([]);
  });
  test("that come when their moment has passed here are shown at once, for as long as they were meant to be", () => {
    const cues = new Cues();
    cues.take(line("late", 10), START + 13_500);
    expect([13, 13.5, 17.4, 17.5].map((second) => shown(cues, second).length)).toEqual([0, 1, 1, 0]);
    // Much too late is of no use to somebody who sees live, and right for somebody who goes back.
    cues.take(line("over", 10), START + 60_000);
    expect([shown(cues, 60), shown(cues, 11)]).toEqual([[], ["over"]]);
    // Somebody behind has the moment still to come.
    cues.take(line("soon", 100), START + 95_000);
    expect([shown(cues, 96), shown(cues, 100)]).toEqual([[], ["soon"]]);
    cues.take(line("unknown", 200), null);
    expect(shown(cues, 200)).toEqual(["unknown"]);
  });
  test("are put into other words in place, and never back", () => {
    const cues = new Cues();
    cues.take(line("a", 10, "Good mourn"), START + 10_000);
    cues.take(line("a", 10, "Good morning", { revision: 2 }), START + 11_000);
    cues.take(line("a", 10, "Good mourn"), START + 11_100);
    expect(shown(cues, 11.2)).toEqual(["Good morning"]);
    // At the very end there is still time to read it.
    cues.take(line("a", 10, "Good morning!", { revision: 3 }), START + 13_900);
    expect(shown(cues, 15.2)).toEqual(["Good morning!"]);
    // One that was shown late stays where it was shown.
    cues.take(line("b", 20), START + 25_000);
    cues.take(line("b", 20, "b2", { revision: 2 }), START + 26_000);
    expect([shown(cues, 24), shown(cues, 26)]).toEqual([[], ["b2"]]);
  });
  test("are few on the picture and bounded in memory", () => {
    const cues = new Cues();
    for (const id of ["a", "b", "c"]) cues.take(line(id, 10), null);
    expect(shown(cues, 11)).toEqual(["b", "c"]);
    expect(SHOWN_MAX).toBe(2);
    for (let n = 0; n < 1_100; n += 1) cues.take(line(`${n}`, 1_000 + n * 10), null);
    expect([shown(cues, 11), shown(cues, 1_001), shown(cues, 11_991)]).toEqual([[], [], ["1099"]]);
    cues.all([]);
    expect(shown(cues, 11_991)).toEqual([]);
    cues.take({ ...line("odd", 1), starts_at: "never" }, null);
    expect(shown(cues, 1)).toEqual([]);
  });
  test("come in the wished language, else the page's, else what there is", () => {
    expect(pick(["en", "ja"], "ja", "en")).toBe("ja");
    expect(pick(["en", "ja"], "fr", "ja")).toBe("ja");
    expect(pick(["en-GB", "fr"], "en-US", "ja")).toBe("en-GB");
    expect(pick(["fr", "de"], "", "ja")).toBe("fr");
    expect(pick([], "ja", "ja")).toBeNull();
    expect([nameOf("ja", "en"), nameOf("x", "en")]).toEqual(["Japanese", "x"]);
  });
});

test("where the page is not seen, a text track of the video says the same", () => {
  const said: string[] = [];
  class Cue {
    constructor(readonly from: number, readonly to: number, readonly text: string) {}
  }
  Object.assign(globalThis, { VTTCue: Cue });
  const track = { mode: "disabled", cues: [] as Cue[], addCue: (cue: Cue) => track.cues.push(cue), removeCue: (cue: Cue) => track.cues.splice(track.cues.indexOf(cue), 1) };
  const video = { webkitDisplayingFullscreen: false, currentTime: 7, addTextTrack: () => (said.push("made"), track) };
  const mirror = new Mirror(video as unknown as HTMLVideoElement);
  const cues = new Cues();
  cues.all([line("a", 10), line("b", 12)]);
  mirror.show(cues.at(START + 11_000, "en"));
  expect(said).toEqual([]);
  video.webkitDisplayingFullscreen = true;
  mirror.show(cues.at(START + 13_000, "en"));
  expect([said, track.mode, track.cues.map((cue) => cue.text)]).toEqual([["made"], "showing", ["a", "b"]]);
  mirror.show(cues.at(START + 15_000, "en"));
  expect(track.cues.map((cue) => cue.text)).toEqual(["b"]);
  video.webkitDisplayingFullscreen = false;
  mirror.show(cues.at(START + 15_200, "en"));
  expect([track.mode, track.cues]).toEqual(["hidden", []]);
});

describe("the transcript", () => {
  const cues = new Cues();
  cues.all([line("b", 20, "Ｌatency\nhides"), line("a", 10, "Good morning"), line("j", 12, "おはよう", { language: "ja" })]);
  cues.take(line("late", 25, "late"), START + 31_000);
  const lines = cues.lines("en");
  test("has every line at the moment at which it was said, oldest first", () => {
    expect(lines.map((one) => [(one.at - START) / 1000, one.text])).toEqual([[10, "Good morning"], [20, "Ｌatency hides"], [25, "late"]]);
  });
  test("is searched however letters are written", () => {
    expect(found(lines, " latency ").map((one) => one.text)).toEqual(["Ｌatency hides"]);
    expect(found(lines, "GOOD").length).toBe(1);
    expect(found(lines, "  ")).toBe(lines);
  });
  test("follows what is said", () => {
    const said = (second: number): string | undefined => lines.find((one) => one.key === currentOf(lines, START + second * 1000))?.text;
    expect([said(5), said(10), said(24), said(99)]).toEqual([undefined, "Good morning", "Ｌatency hides", "late"]);
    expect(currentOf(lines, null)).toBeNull();
  });
});
