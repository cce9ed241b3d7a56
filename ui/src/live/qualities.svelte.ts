// The qualities of a picture: what there is, what is chosen (remembered by its height), what is shown.
import Hls from "hls.js/light";
import { recall, remember } from "../lib/memory.ts";

export interface Quality {
  index: number;
  height: number;
  bitrate: number;
}

export class Qualities {
  all = $state.raw<Quality[]>([]);
  /** −1 for automatic. */
  chosen = $state(-1);
  shownHeight = $state(0);
  #hls: Hls | null = null;
  #height = recall("quality", { height: 0 }).height;

  /** Takes the qualities of a stream as it tells them; `switched` is called when another one is shown. */
  follow(hls: Hls, switched: () => void): void {
    this.#hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, (_, data) => {
      // The same pictures may come with sound in two codecs: those with the first that this browser plays.
      const sound = hls.levels[data.firstLevel]?.audioCodec;
      const all = hls.levels.map(({ height, bitrate, audioCodec }, index) => ({ index, height, bitrate, audioCodec }));
      this.all = all.filter((quality) => quality.audioCodec === sound).sort((a, b) => b.height - a.height);
      const kept = this.all.find((quality) => quality.height === this.#height);
      this.chosen = kept && this.all.length > 1 ? kept.index : -1;
      if (this.chosen >= 0) hls.nextLevel = this.chosen;
    });
    hls.on(Hls.Events.LEVEL_SWITCHED, (_, data) => {
      const height = hls.levels[data.level]?.height ?? 0;
      if (this.shownHeight > 0 && height !== this.shownHeight) switched();
      this.shownHeight = height;
    });
  }

  choose(index: number): void {
    if (!this.#hls) return;
    this.#hls.nextLevel = index;
    this.chosen = index;
    this.#height = index < 0 ? 0 : (this.all.find((other) => other.index === index)?.height ?? 0);
    remember("quality", { height: this.#height });
  }

  /** The stream that they belong to is gone. */
  forget(): void {
    this.#hls = null;
  }
}
