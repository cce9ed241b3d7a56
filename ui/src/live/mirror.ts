// Where the system shows the video by itself (an iPhone's full screen), nothing of the page lies on it: there the captions go into a text
// track of the video, as they are shown on the page.
import type { Cue } from "./cues.ts";

interface Video extends HTMLVideoElement {
  webkitDisplayingFullscreen?: boolean;
}

/** Longer than anything is shown; what is not said any more is taken out. */
const STAYS_S = 30;

export class Mirror {
  readonly #video: Video;
  #track: TextTrack | null = null;
  #shown = "";

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** Shows what the page shows, where the page does not show. */
  show(cues: readonly Cue[]): void {
    const away = this.#video.webkitDisplayingFullscreen === true;
    const texts = away ? cues.map((cue) => cue.lines.join("\n")) : [];
    const shown = texts.join("\n\n");
    if (shown === this.#shown) return;
    this.#shown = shown;
    // A track cannot be taken away again, so it is made only where it is needed.
    this.#track ??= this.#video.addTextTrack("captions");
    this.#track.mode = "showing";
    for (const cue of [...(this.#track.cues ?? [])]) this.#track.removeCue(cue);
    const from = this.#video.currentTime;
    for (const text of texts) this.#track.addCue(new VTTCue(from, from + STAYS_S, text));
    if (!away) this.#track.mode = "hidden";
  }
}
