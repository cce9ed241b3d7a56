// The level of what a video element plays, measured in this browser.
import { FLOOR_DB } from "./board.ts";

let context: AudioContext | null = null;
// An element can be given to Web Audio once only, and then sounds through it for ever.
const sources = new WeakMap<HTMLMediaElement, MediaElementAudioSourceNode>();

const EVERY_MS = 100;

/** Tells the peak in dB relative to full scale ten times a second, until the returned function is called. */
export function measure(video: HTMLMediaElement, tell: (level: number | null) => void): () => void {
  context ??= new AudioContext();
  void context.resume();
  let source = sources.get(video);
  if (!source) {
    source = context.createMediaElementSource(video);
    source.connect(context.destination);
    sources.set(video, source);
  }
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(peakOf(samples));
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    source.disconnect(analyser);
    tell(null);
  };
}

/** The highest sample in dB relative to full scale. */
export function peakOf(samples: ArrayLike<number>): number {
  let highest = 0;
  for (let at = 0; at < samples.length; at += 1) highest = Math.max(highest, Math.abs(samples[at] ?? 0));
  return highest === 0 ? FLOOR_DB : Math.max(FLOOR_DB, 20 * Math.log10(highest));
}
