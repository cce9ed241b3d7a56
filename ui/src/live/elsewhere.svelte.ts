// Another device that plays instead of this one (AirPlay, Cast), where the browser offers one. Such a device fetches the playlist by itself;
// what hls.js plays here cannot be handed over, so an element of its own is sent there, and the picture here rests.

/** What is asked of the page. */
export interface Here {
  /** The picture plays there now: it rests here. */
  rests(): void;
  /** It comes back. */
  returns(): void;
}

export class Elsewhere {
  /** There are devices, or there may be some. */
  offered = $state(false);
  /** One of them plays. */
  playing = $state(false);
  readonly #sender: HTMLVideoElement;
  #watches = false;

  /** `sender`: an element that is in no page. */
  constructor(sender: HTMLVideoElement, here: Here) {
    this.#sender = sender;
    sender.preload = "none";
    if (!("remote" in sender) || sender.canPlayType("application/vnd.apple.mpegurl") === "") return;
    sender.remote.addEventListener("connect", () => {
      this.playing = true;
      here.rests();
      void sender.play().catch(() => {});
    });
    sender.remote.addEventListener("disconnect", () => {
      if (!this.playing) return;
      this.playing = false;
      sender.pause();
      here.returns();
    });
  }

  /** Where the picture is, with what its address needs; null: nowhere. */
  show(url: string | null): void {
    const sender = this.#sender;
    if (!("remote" in sender) || url === sender.getAttribute("src")) return;
    if (url === null) {
      sender.removeAttribute("src");
      this.offered = false;
      return;
    }
    sender.src = url;
    if (this.playing) void sender.play().catch(() => {});
    if (this.#watches || sender.canPlayType("application/vnd.apple.mpegurl") === "") return;
    this.#watches = true;
    // A browser that does not look for devices by itself looks when it is asked to show them.
    sender.remote.watchAvailability((available) => (this.offered = available)).catch(() => (this.offered = true));
  }

  /** Lets somebody choose a device, or come back from it. */
  choose(): void {
    void this.#sender.remote.prompt().catch(() => {});
  }
}
