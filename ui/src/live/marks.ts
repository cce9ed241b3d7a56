// Which parts are in the buffer already. hls.js 1.7.4 marks them, and forgets some: a playlist that comes while a part is on its way into the
// buffer makes its fragment tracker drop the segment's record (detectEvictedFragments: not yet buffered), and with it the marks on the parts of
// that segment that are there. If the buffer then ends a hair before the segment does, by a rounding of microseconds or by a frame of sound, hls.js
// wants the rest of that segment, finds that it has it, and asks for nothing until its parts leave the playlist ten seconds later. So the marks
// are put back before it looks at them: what was appended and can be played is there.

/** What is needed of hls.js's `Part`. */
export interface MarkedPart {
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly loaded: boolean;
  readonly fragment: { readonly level: number; readonly sn: number };
  elementaryStreams: Record<"audio" | "video" | "audiovideo", { startPTS: number; endPTS: number; startDTS: number; endDTS: number } | null>;
}

type Kind = keyof MarkedPart["elementaryStreams"];

const nameOf = (part: MarkedPart): string => `${part.fragment.level}/${part.fragment.sn}.${part.index}`;

function mark(part: MarkedPart, kind: Kind): void {
  part.elementaryStreams[kind] ??= { startPTS: part.start, endPTS: part.end, startDTS: part.start, endDTS: part.end };
}

/** A frame of sound more or less at either end. */
const HAIR_S = 0.025;

function covers(buffered: TimeRanges, { start, end }: MarkedPart): boolean {
  for (let n = 0; n < buffered.length; n += 1) {
    if (buffered.start(n) <= start + HAIR_S && end - HAIR_S <= buffered.end(n)) return true;
  }
  return false;
}

export class Marks {
  readonly #appended = new Map<string, Kind>();

  /** A part, or some of it, went into the buffer. */
  append(part: MarkedPart, kind: Kind): void {
    this.#appended.set(nameOf(part), kind);
    mark(part, kind);
  }

  /** A playlist came: its parts that can be played are marked, and those that left it are forgotten. */
  restore(parts: readonly MarkedPart[], buffered: TimeRanges): void {
    const listed = new Set(parts.map(nameOf));
    for (const name of this.#appended.keys()) {
      if (!listed.has(name)) this.#appended.delete(name);
    }
    for (const part of parts) {
      const kind = this.#appended.get(nameOf(part));
      if (kind && !part.loaded && covers(buffered, part)) mark(part, kind);
    }
  }
}
