// Where the viewer is: which track, and which page stands beside the picture. Mirrored in the history, so that "back" works.
import { without } from "./link.ts";

/** Stands in place of an address: the sheet with what was said. */
export const TRANSCRIPT = "transcript";

interface Kept {
  track: string;
  sheet: string | null;
}

export class Place {
  track = $state("");
  sheet = $state<string | null>(null);
  readonly #base: string;
  readonly #tracks: readonly string[];

  constructor(conf: string, track: string, tracks: readonly string[]) {
    this.#base = `/${conf}/live`;
    this.#tracks = tracks;
    this.track = track;
    // A moment that the address named is where the picture begins, and not where every reload goes.
    history.replaceState(this.#kept(), "", this.address(track) + without(location.search) + location.hash);
    addEventListener("popstate", this.#back);
  }

  address(track: string): string {
    return `${this.#base}/${encodeURIComponent(track)}`;
  }

  go(track: string): void {
    if (track === this.track || !this.#tracks.includes(track)) return;
    this.track = track;
    history.pushState(this.#kept(), "", this.address(track));
  }

  open(sheet: string): void {
    if (sheet === this.sheet) return;
    this.sheet = sheet;
    history.pushState(this.#kept(), "");
  }

  close(): void {
    if (this.sheet === null) return;
    this.sheet = null;
    history.pushState(this.#kept(), "");
  }

  end(): void {
    removeEventListener("popstate", this.#back);
  }

  #kept(): Kept {
    return { track: this.track, sheet: this.sheet };
  }

  #back = (event: PopStateEvent): void => {
    const kept = event.state as Kept | null;
    const named = decodeURIComponent(location.pathname.slice(this.#base.length + 1));
    this.track = kept?.track ?? (this.#tracks.includes(named) ? named : this.track);
    this.sheet = kept?.sheet ?? null;
  };
}
