// What is said, by the moment that the viewer sees: pure rules. A cue that comes when its moment has passed on this screen is shown at once,
// for as long as it was meant to be; somebody further behind sees it in its own time.

/** A line of captions as the server tells it. */
export interface CaptionData {
  id: string;
  language: string;
  text: string;
  /** RFC 3339. */
  starts_at: string;
  ends_at: string;
  revision: number;
  interim: boolean;
}

export interface Cue {
  key: string;
  language: string;
  lines: string[];
  /** Milliseconds since 1970, on the picture's clock. */
  from: number;
  to: number;
  revision: number;
  /** How much later than it was said it is shown here. */
  late: number;
}

/** A line of the transcript, at the moment at which it was said. */
export interface Line {
  key: string;
  at: number;
  text: string;
}

/** So many lines are known; the server keeps fewer. */
const KNOWN_MAX = 1_000;
/** Cues that are shown at once: the last line stays while the next one is read. */
export const SHOWN_MAX = 2;
/** A line that comes later than this is of no use any more to somebody who has passed its moment. */
const LATE_MAX_MS = 20_000;
/** Other words for a line stay at least this long. */
const READ_MIN_MS = 1_500;

export class Cues {
  readonly #known = new Map<string, Cue>();

  /** Everything at once: each line belongs to its own moment. */
  all(captions: readonly CaptionData[]): void {
    this.#known.clear();
    for (const caption of captions) this.take(caption, null);
  }

  /** A line that has just been told; `moment` is what the viewer sees, where it is known. */
  take(caption: CaptionData, moment: number | null): void {
    const key = `${caption.language} ${caption.id}`;
    const known = this.#known.get(key);
    if (known && known.revision >= caption.revision) return;
    const said = { from: Date.parse(caption.starts_at), to: Date.parse(caption.ends_at) };
    if (Number.isNaN(said.from) || Number.isNaN(said.to)) return;
    const cue: Cue = { key, language: caption.language, lines: caption.text.split("\n"), ...said, revision: caption.revision, late: 0 };
    const passed = moment === null ? 0 : moment - said.from;
    if (known && known.late > 0) delay(cue, known.late);
    else if (!known && passed > 0 && passed < LATE_MAX_MS) delay(cue, passed);
    // Other words for what is shown right now are read first.
    if (known && moment !== null && moment >= known.from && moment < known.to) cue.to = Math.max(cue.to, moment + READ_MIN_MS);
    this.#known.delete(key);
    this.#known.set(key, cue);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KNOWN_MAX) break;
      this.#known.delete(oldest);
    }
  }

  /** Everything that is known in a language, oldest first. */
  lines(language: string): Line[] {
    const lines: Line[] = [];
    for (const cue of this.#known.values()) if (cue.language === language) lines.push({ key: cue.key, at: cue.from - cue.late, text: cue.lines.join(" ") });
    return lines.sort((a, b) => a.at - b.at);
  }

  /** What is shown at a moment, the newest last. */
  at(moment: number, language: string): Cue[] {
    const shown: Cue[] = [];
    for (const cue of this.#known.values()) if (cue.language === language && cue.from <= moment && moment < cue.to) shown.push(cue);
    return shown.sort((a, b) => a.from - b.from).slice(-SHOWN_MAX);
  }
}

function delay(cue: Cue, by: number): void {
  cue.late = by;
  cue.from += by;
  cue.to += by;
}

/** The lines that have `wanted` in them, however its letters are written: wide or narrow, large or small. */
export function found(lines: readonly Line[], wanted: string): readonly Line[] {
  const plain = (text: string): string => text.normalize("NFKC").toLowerCase();
  const part = plain(wanted).trim();
  return part === "" ? lines : lines.filter((line) => plain(line.text).includes(part));
}

/** The key of the line that is said at a moment: the last one that has begun. */
export function currentOf(lines: readonly Line[], moment: number | null): string | null {
  if (moment === null) return null;
  return lines.findLast((line) => line.at <= moment)?.key ?? null;
}

/** Which of the languages is read: the wished one, else the page's, else the first. */
export function pick(languages: readonly string[], wished: string, locale: string): string | null {
  const primary = (tag: string): string => tag.split("-")[0] ?? tag;
  for (const want of [wished, locale]) {
    const found = languages.find((tag) => tag === want) ?? languages.find((tag) => primary(tag) === primary(want));
    if (found) return found;
  }
  return languages[0] ?? null;
}

/** What a language is called by those who read the page. */
export function nameOf(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
