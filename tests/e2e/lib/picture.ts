// Looks at the picture itself: not at what the player says about it.
import { expect, type Page } from "@playwright/test";

export interface Glance {
  /** Seconds on the video's own clock. */
  time: number;
  /** A number that differs when the pixels differ. */
  hash: number;
  /** Which colour there is most of. */
  tint: "red" | "blue" | "other";
  muted: boolean;
  volume: number;
  soundBytes: number;
}

/** What the video shows right now; `null` while it shows nothing. */
export async function glance(page: Page): Promise<Glance | null> {
  return page.evaluate(() => {
    const video = document.querySelector("video");
    if (!video || video.readyState < 2 || video.videoWidth === 0) return null;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [160, 90];
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    if (!paper) return null;
    paper.drawImage(video, 0, 0, 160, 90);
    const { data } = paper.getImageData(0, 0, 160, 90);
    let [hash, red, blue] = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) {
      hash = (hash * 31 + (data[i] ?? 0) + 3 * (data[i + 1] ?? 0) + 7 * (data[i + 2] ?? 0)) % 2147483647;
      red += data[i] ?? 0;
      blue += data[i + 2] ?? 0;
    }
    const tint = red > 1.5 * blue ? "red" : blue > 1.5 * red ? "blue" : "other";
    const soundBytes = (video as HTMLVideoElement & { webkitAudioDecodedByteCount?: number }).webkitAudioDecodedByteCount ?? 0;
    return { time: video.currentTime, hash, tint, muted: video.muted, volume: video.volume, soundBytes } as const;
  });
}

/** Waits for a picture in the colour of a track, and for what stands around it, which comes after the picture. */
export async function picture(page: Page, tint: "red" | "blue", timeout = 20_000): Promise<Glance> {
  let seen: Glance | null = null;
  await expect(async () => {
    seen = await glance(page);
    expect(seen?.tint).toBe(tint);
  }).toPass({ timeout, intervals: [100] });
  await expect(page.locator(".controls")).toBeAttached({ timeout });
  return seen as unknown as Glance;
}

/** Waits until the picture's own clock and its pixels have gone on. */
export async function moves(page: Page, seconds = 2, timeout = 20_000): Promise<void> {
  let first: Glance | null = null;
  await expect(async () => {
    first ??= await glance(page);
    const now = await glance(page);
    expect(now).not.toBeNull();
    // A player that starts anew may set its clock back: then count from there.
    if (first && now && now.time < first.time) first = now;
    expect((now?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThan(seconds);
    expect(now?.hash).not.toBe(first?.hash);
  }).toPass({ timeout, intervals: [200] });
}

/** Waits until something is heard: samples of the video's sound that are no silence. */
export async function hears(page: Page, timeout = 20_000): Promise<void> {
  await page.evaluate(() => {
    const video = document.querySelector("video") as HTMLVideoElement & { captureStream(): MediaStream };
    const sound = new AudioContext();
    const ear = sound.createAnalyser();
    ear.fftSize = 32_768;
    // Beside the loudspeaker: whether the page is muted does not matter.
    sound.createMediaStreamSource(new MediaStream(video.captureStream().getAudioTracks())).connect(ear);
    Object.assign(window, { ear });
  });
  const loudest = (): Promise<number> =>
    page.evaluate(() => {
      const { ear } = window as unknown as { ear: AnalyserNode };
      const samples = new Float32Array(ear.fftSize);
      ear.getFloatTimeDomainData(samples);
      return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    });
  await expect.poll(loudest, { timeout, intervals: [200] }).toBeGreaterThan(0.01);
}
