// By what hls.js lays a playlist beside the one before. For as long as the first segment that a viewer was told of is listed, hls.js 1.7.4 compares
// the dates of two segments, not of the same ones (alignMediaPlaylistByPDT): where time is missing between them, because an encoder stalled before
// the backup took over, every segment moves by that. From a second on it takes media for misplaced, lays the next segment over what was shown, and
// takes the viewer back. Numbers tell it without doubt: every rendition of a track counts the same segments. It asks them where there are no dates.

/** Lets the playlist after this one be laid beside it by the numbers of its segments. */
export function alignByNumbers(details: object): void {
  Object.defineProperty(details, "hasProgramDateTime", { value: false });
}
