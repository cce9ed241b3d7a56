// Full screen in its three dialects: of any element, of a video only (iPhone), and none at all (browsers inside other apps), where the page
// itself makes room.

interface Frame extends HTMLElement {
  webkitRequestFullscreen?: () => void;
}
interface Video extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
  webkitExitFullscreen?: () => void;
  webkitDisplayingFullscreen?: boolean;
}
interface Page extends Document {
  webkitFullscreenElement?: Element | null;
  webkitExitFullscreen?: () => void;
}

export class FullScreen {
  readonly #frame: Frame;
  readonly #video: Video;
  readonly #changed: (full: boolean, filled: boolean) => void;
  #filled = false;

  /** `changed`: whether the picture fills the screen, and whether it is the page that has to make room for it. */
  constructor(frame: HTMLElement, video: HTMLVideoElement, changed: (full: boolean, filled: boolean) => void) {
    this.#frame = frame;
    this.#video = video;
    this.#changed = changed;
    for (const name of ["fullscreenchange", "webkitfullscreenchange"]) document.addEventListener(name, this.#look);
    for (const name of ["webkitbeginfullscreen", "webkitendfullscreen"]) video.addEventListener(name, this.#look);
  }

  get on(): boolean {
    const page = document as Page;
    const element = document.fullscreenElement ?? page.webkitFullscreenElement ?? null;
    return this.#filled || element === this.#frame || !!this.#video.webkitDisplayingFullscreen;
  }

  toggle(): void {
    if (this.on) this.leave();
    else void this.#enter();
  }

  leave(): void {
    const page = document as Page;
    if (this.#filled) this.#fill(false);
    else if (document.fullscreenElement) void document.exitFullscreen().catch(() => {});
    else if (page.webkitFullscreenElement) page.webkitExitFullscreen?.();
    else this.#video.webkitExitFullscreen?.();
  }

  close(): void {
    for (const name of ["fullscreenchange", "webkitfullscreenchange"]) document.removeEventListener(name, this.#look);
    for (const name of ["webkitbeginfullscreen", "webkitendfullscreen"]) this.#video.removeEventListener(name, this.#look);
    if (this.#filled) this.#fill(false);
  }

  async #enter(): Promise<void> {
    try {
      if (this.#frame.requestFullscreen) return await this.#frame.requestFullscreen();
      if (this.#frame.webkitRequestFullscreen) return this.#frame.webkitRequestFullscreen();
      if (this.#video.webkitEnterFullscreen) return this.#video.webkitEnterFullscreen();
    } catch {
      // Refused, for example inside a frame that must not: the page makes room.
    }
    this.#fill(true);
  }

  #fill(on: boolean): void {
    this.#filled = on;
    document.documentElement.classList.toggle("is-filled", on);
    this.#look();
  }

  #look = (): void => this.#changed(this.on, this.#filled);
}
