// What a page shows and lets hear, read back from the pixels and the samples while it runs: the barcode of every picture,
// the counter in the sound, and how late the page itself is, so that a starved machine is not taken for a fault of ours.
import type { Page } from "@playwright/test";
import { CODE, PICTURE, ROUND_MS, TONE } from "./signal.ts";

/** A picture that was shown. */
export interface Shown {
  /** Milliseconds since 1970. */
  at: number;
  /** The instant that it carries; none on a slate, and none that could not be read. */
  clock: number | null;
  /** Pictures that the browser has shown so far, also those that nobody looked at. */
  count: number;
  /** Where it lies on the video's time line, in seconds: the same once more is no other picture. */
  place: number;
}

/** What was heard at a moment. */
export interface Heard {
  at: number;
  /** How far the sound is behind the picture, in milliseconds; none without a picture or a counter. */
  offset_ms: number | null;
  /** Nothing but silence. */
  isSilent: boolean;
}

/** What was seen since the last look. */
export interface Seen {
  shown: Shown[];
  heard: Heard[];
  /** The page's own clock stood still: when it went on again, and for how long it had stood. */
  stalls: { at: number; ms: number }[];
  /** How the video element was when a picture had stood for long, or time went back: what to look at when a run fails. */
  stuck: string[];
  /** How often the video element was replaced. */
  elements: number;
}

/** Begins to read, in this page and those that it becomes. */
export async function watch(page: Page): Promise<void> {
  await page.addInitScript(install, { code: CODE, height: PICTURE.height, tone: TONE, round_ms: ROUND_MS });
}

/** What was seen since the last look. */
export async function look(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const { watched } = window as unknown as { watched: Seen };
    const seen = { ...watched };
    Object.assign(watched, { shown: [], heard: [], stalls: [], stuck: [] });
    return seen;
  });
}

interface Wish {
  code: typeof CODE;
  height: number;
  tone: typeof TONE;
  round_ms: number;
}

/** Runs in the page. */
function install({ code, height, tone, round_ms }: Wish): void {
  const seen: Seen = { shown: [], heard: [], stalls: [], stuck: [], elements: 0 };
  Object.assign(window, { watched: seen });
  const epoch = (at: number): number => performance.timeOrigin + at;
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });

  const readClock = (video: HTMLVideoElement): number | null => {
    const width = video.videoWidth;
    if (!paper || width === 0) return null;
    [canvas.width, canvas.height] = [width, 1];
    paper.drawImage(video, 0, ((code.top + code.height / 2) / height) * video.videoHeight, width, 1, 0, 0, width, 1);
    const { data } = paper.getImageData(0, 0, width, 1);
    let word = "";
    for (let bit = 0; bit < code.bits; bit += 1) word += (data[4 * Math.floor(((bit + 0.5) * width) / code.bits)] ?? 0) > 127 ? "1" : "0";
    const clock = parseInt(word.slice(0, code.clockBits), 2) >>> 0;
    const check = ((clock ^ (clock >>> 8) ^ (clock >>> 16) ^ (clock >>> 24)) & 0xff) ^ 0xa5;
    if (parseInt(word.slice(code.clockBits), 2) !== check) return null;
    // The upper bits are those of now.
    const now = Date.now();
    return now - (((now >>> 0) - clock) | 0);
  };

  let sound: AudioContext | undefined;
  let ear: AnalyserNode | undefined;
  const samples = new Float32Array(8_192);

  /** Which tone sounds in a short while of samples; -1 if none. */
  const toneAt = (from: number, length: number, rate: number): number => {
    let energy = 0;
    for (let n = from; n < from + length; n += 1) energy += (samples[n] ?? 0) ** 2;
    if (energy / length < 1e-5) return -1;
    let [best, most] = [-1, 0];
    for (let k = 0; k < tone.count; k += 1) {
      const turn = 2 * Math.cos((2 * Math.PI * (tone.lowest + k * tone.step)) / rate);
      let [one, two] = [0, 0];
      for (let n = from; n < from + length; n += 1) [one, two] = [(samples[n] ?? 0) + turn * one - two, one];
      const power = one * one + two * two - turn * one * two;
      if (power > most) [best, most] = [k, power];
    }
    return (2 * most) / length > energy * 0.5 ? best : -1;
  };

  /** Where the counter stands at the last sample, in milliseconds of a round. */
  const listen = (): { phase_ms: number | null; isSilent: boolean } => {
    if (!ear || !sound) return { phase_ms: null, isSilent: true };
    ear.getFloatTimeDomainData(samples);
    const rate = sound.sampleRate;
    const length = Math.round(rate * 0.005);
    const tones: number[] = [];
    for (let from = samples.length % length; from + length <= samples.length; from += length) tones.push(toneAt(from, length, rate));
    // The newest place where one tone ends and the next begins.
    for (let n = tones.length - 3; n >= 2; n -= 1) {
      const [before, after] = [tones[n - 1] ?? -1, tones[n] ?? -1];
      const isSure = before >= 0 && tones[n - 2] === before && tones[n + 1] === after;
      if (!isSure || after !== (before + 1) % tone.count) continue;
      const since_ms = ((tones.length - n) * length * 1_000) / rate;
      return { phase_ms: (after * tone.ms + since_ms) % round_ms, isSilent: false };
    }
    return { phase_ms: null, isSilent: tones.every((one) => one === -1) };
  };

  let [shownAt, isTold, place] = [Infinity, false, 0];
  const describe = (video: HTMLVideoElement): string => {
    const { buffered, currentTime, readyState, paused, seeking, playbackRate, error } = video;
    const ranges = Array.from({ length: buffered.length }, (_, n) => `${buffered.start(n).toFixed(3)}–${buffered.end(n).toFixed(3)}`);
    return `at ${currentTime.toFixed(3)} of ${ranges.join(", ")}; state ${readyState}, paused ${paused}, seeking ${seeking}, rate ${playbackRate}, error ${error?.message}`;
  };

  const attach = (video: HTMLVideoElement): void => {
    seen.elements += 1;
    video.muted = false;
    video.volume = 1;
    sound ??= new AudioContext();
    ear = sound.createAnalyser();
    ear.fftSize = samples.length;
    sound.createMediaElementSource(video).connect(ear).connect(sound.destination);
    let heardAt = 0;
    const show = (now: number, about: VideoFrameCallbackMetadata): void => {
      video.requestVideoFrameCallback(show);
      [shownAt, isTold] = [now, false];
      const clock = readClock(video);
      const at = epoch(about.expectedDisplayTime);
      seen.shown.push({ at, clock, count: about.presentedFrames, place: about.mediaTime });
      if (now - heardAt < 200) return;
      heardAt = now;
      const { phase_ms, isSilent } = listen();
      const moment = epoch(performance.now());
      let offset_ms: number | null = null;
      // Sound that is stretched to catch up says nothing to the millisecond.
      if (phase_ms !== null && clock !== null && video.playbackRate === 1) {
        const behind = (((clock + (moment - at)) % round_ms) - phase_ms + 2.5 * round_ms) % round_ms;
        offset_ms = behind - round_ms / 2;
      }
      seen.heard.push({ at: moment, offset_ms, isSilent });
    };
    video.requestVideoFrameCallback(show);
  };

  const known = new WeakSet<HTMLVideoElement>();
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    if (now - last > 120) seen.stalls.push({ at: epoch(now), ms: Math.round(now - last - 20) });
    last = now;
    const video = document.querySelector("video");
    if (video && video.readyState > 0 && video.currentTime < place - 0.2) seen.stuck.push(`went back from ${place.toFixed(3)}: ${describe(video)}`);
    place = video?.currentTime ?? 0;
    if (video && !isTold && now - shownAt > 2_000) {
      isTold = true;
      seen.stuck.push(describe(video));
      setTimeout(() => seen.stuck.push(describe(video)), 1_500);
    }
    if (!video || known.has(video) || video.readyState < 2) return;
    known.add(video);
    attach(video);
  }, 20);
}

/** The longest that one picture stood, between two moments. Pictures that nobody looked at count as shown. */
export function standstill(shown: Shown[], from: number, until: number): number {
  let most = 0;
  for (let n = 1; n < shown.length; n += 1) {
    const [one, two] = [shown[n - 1], shown[n]];
    if (!one || !two || two.at < from || one.at > until) continue;
    most = Math.max(most, (two.at - one.at) / Math.max(1, two.count - one.count));
  }
  const last = shown.at(-1);
  return Math.round(last && last.at < until ? Math.max(most, until - last.at) : most);
}

/** A picture whose instant was read. */
type Read = Shown & { clock: number };
const isRead = (picture: Shown): picture is Read => picture.clock !== null;

/** How long a picture lasts. */
const PICTURE_MS = 1_000 / PICTURE.rate;

/** A picture that was shown before, or one before that. */
interface Again {
  picture: Shown;
  /** How far it goes back, in milliseconds; 0 is the same once more. */
  back_ms: number;
}

/**
 * Every picture that is not newer than those before. Pixels are read when the page is told of a picture, and may be those of the next one
 * already; one of those that follow then reads the same: no more instants than time line went by, so nothing came twice.
 */
export function again(shown: Shown[]): Again[] {
  const found: Again[] = [];
  let newest: Read | undefined;
  // By how much the instants that were read are ahead of the time line: one picture at most, anything more is a gap.
  let ahead_ms = 0;
  for (const picture of shown) {
    if (!isRead(picture)) continue;
    const passed_ms = picture.clock - (newest?.clock ?? picture.clock - 1);
    const gained_ms = ahead_ms + passed_ms - (picture.place - (newest?.place ?? picture.place)) * 1_000;
    const isRepeat = passed_ms < 0 || (passed_ms === 0 && ahead_ms < PICTURE_MS / 2);
    if (isRepeat && picture.place !== newest?.place) found.push({ picture, back_ms: 0 - passed_ms });
    if (isRepeat) continue;
    ahead_ms = gained_ms > 1.5 * PICTURE_MS ? 0 : Math.max(0, gained_ms);
    newest = picture;
  }
  return found;
}

/** The pictures around one: by how much place, instant, time of display and number go on from each to the next. */
function around(shown: Shown[], picture: Shown): string {
  const at = shown.indexOf(picture);
  const some = shown.slice(Math.max(0, at - 6), at + 5);
  const step = (one: number | null, two: number | null): string => (one === null || two === null ? "–" : String(Math.round(two - one)));
  const steps = some.slice(1).map((two, n) => {
    const one = some[n] ?? two;
    return `${step(one.place * 1_000, two.place * 1_000)}/${step(one.clock, two.clock)}/${step(one.at, two.at)}/${two.count - one.count}${two === picture ? "!" : ""}`;
  });
  return steps.join(" ");
}

/** What is out of the ordinary, in words: what to look at when a run fails. */
export function oddities(shown: Shown[], from: number): string[] {
  const when = (at: number): string => `${Math.round(at - from)} ms after it began`;
  const twice = again(shown).map(({ picture, back_ms }) => `${back_ms} ms back, ${when(picture.at)}, at ${picture.place.toFixed(3)}: ${around(shown, picture)}`);
  const stood = shown.flatMap((one, n) => {
    const two = shown[n + 1];
    if (!two || two.at - one.at < 1_000 || two.count - one.count > 1) return [];
    return [`stood ${Math.round(two.at - one.at)} ms, ${when(one.at)}, from ${one.place.toFixed(3)} to ${two.place.toFixed(3)}`];
  });
  return [...twice, ...stood];
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
