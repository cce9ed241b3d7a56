// Volume and silence, remembered by this browser.
import { recall, remember } from "../lib/memory.ts";

export class Sound {
  volume = $state(1);
  muted = $state(false);
  /** Sound is off only because the browser asked for a gesture. */
  soundBlocked = $state(false);
  #video: HTMLVideoElement | null = null;

  /** As loud as this browser was the last time; `silent`: never. */
  protected hold(video: HTMLVideoElement, silent: boolean): void {
    this.#video = video;
    const sound = recall("sound", { volume: 1, muted: false });
    video.volume = Math.min(1, Math.max(0, sound.volume));
    video.muted = sound.muted || silent;
    const read = (): void => {
      this.volume = video.volume;
      this.muted = video.muted;
    };
    read();
    video.addEventListener("volumechange", read);
  }

  setVolume(volume: number): void {
    const video = this.#video;
    if (!video) return;
    video.volume = Math.min(1, Math.max(0, volume));
    if (volume > 0) this.setMuted(false);
    remember("sound", { volume: video.volume, muted: video.muted });
  }

  setMuted(muted: boolean): void {
    const video = this.#video;
    if (!video) return;
    video.muted = muted;
    if (!muted && video.volume === 0) video.volume = 0.5;
    this.soundBlocked = false;
    remember("sound", { volume: video.volume, muted });
  }
}
