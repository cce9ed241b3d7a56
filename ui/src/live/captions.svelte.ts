// Captions as a viewer has them: whether, in which language, how they look. Remembered by this browser; read from the server only while they
// are on.
import type { Realtime } from "../lib/rt.ts";
import { recall, remember } from "../lib/memory.ts";
import { Cues, pick, type CaptionData, type Cue, type Line } from "./cues.ts";

export const SIZES = ["small", "medium", "large", "huge"] as const;
export const LOOKS = ["white", "yellow", "paper", "bare"] as const;
export const PLACES = ["bottom", "top"] as const;

interface Kept {
  on: boolean;
  language: string;
  size: (typeof SIZES)[number];
  look: (typeof LOOKS)[number];
  place: (typeof PLACES)[number];
}
interface Told {
  captions: CaptionData[];
}

const PLAIN: Kept = { on: false, language: "", size: "medium", look: "white", place: "bottom" };

/** What is remembered, where it is something that can be chosen. */
function kept(): Kept {
  const found = recall("captions", PLAIN);
  const known = <Value extends string>(values: readonly Value[], value: Value, otherwise: Value): Value => (values.includes(value) ? value : otherwise);
  return {
    on: found.on === true,
    language: typeof found.language === "string" ? found.language : "",
    size: known(SIZES, found.size, PLAIN.size),
    look: known(LOOKS, found.look, PLAIN.look),
    place: known(PLACES, found.place, PLAIN.place),
  };
}

export class Captions {
  /** Languages that the track's captions come in. */
  languages = $state.raw<readonly string[]>([]);
  kept = $state.raw<Kept>(kept());
  readonly #rt: Realtime;
  readonly #conf: string;
  readonly #locale: string;
  readonly #moment: () => number | null;
  readonly #cues = new Cues();
  /** Counts what was told, so that what is shown is looked up again. */
  #told = $state(0);
  #leave: () => void = () => {};

  /** `moment`: what the viewer sees, once it is known. */
  constructor(rt: Realtime, conf: string, locale: string, moment: () => number | null) {
    this.#rt = rt;
    this.#conf = conf;
    this.#locale = locale;
    this.#moment = moment;
  }

  get has(): boolean {
    return this.languages.length > 0;
  }

  /** The language that is shown; null while captions are off or not to be had. */
  get language(): string | null {
    return this.kept.on ? this.preferred : null;
  }

  /** The language of those who read; null where there is none. */
  get preferred(): string | null {
    return pick(this.languages, this.kept.language, this.#locale);
  }

  /** Captions in a language from now on, or (null) none. */
  choose(language: string | null): void {
    this.keep(language === null ? { on: false } : { on: true, language });
  }

  toggle(): void {
    this.keep({ on: !this.kept.on });
  }

  keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    remember("captions", this.kept);
  }

  /** Reads what is said on a track, or (null) nothing. */
  read(track: string | null): void {
    this.#leave();
    this.#leave = () => {};
    this.#cues.all([]);
    this.#told += 1;
    if (track === null) return;
    this.#leave = this.#rt.subscribe<Told, { kind: string } & CaptionData>(`captions/${this.#conf}/${track}`, {
      snapshot: (data) => {
        this.#cues.all(data.captions);
        this.#told += 1;
      },
      event: (event) => {
        if (event.kind !== "caption") return;
        this.#cues.take(event, this.#moment());
        this.#told += 1;
      },
    });
  }

  /** What is shown at a moment. */
  at(moment: number): Cue[] {
    void this.#told;
    const language = this.language;
    return language === null ? [] : this.#cues.at(moment, language);
  }

  /** Everything that was said, as far as it is known. */
  lines(): Line[] {
    void this.#told;
    const language = this.preferred;
    return language === null ? [] : this.#cues.lines(language);
  }

  close(): void {
    this.#leave();
  }
}
