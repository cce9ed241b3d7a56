// Links to a moment of the stream: `?t=20261122T101530Z`, by the picture's own date. Other ways to write an instant are understood too, and how
// long after the beginning of what is on air it is: `?t=1h2m3s`.

const COMPACT = /^(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2}(?:\.\d{1,3})?)Z$/i;

const AFTER = /^(?=\d)(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/i;

/** The moment that an address names, in milliseconds since 1970, or null. `began`: when what is on air did. */
export function momentIn(search: string, began: number | null = null): number | null {
  const text = new URLSearchParams(search).get("t")?.trim() ?? "";
  const parts = COMPACT.exec(text);
  if (parts) {
    const [, year, month, day, hour, minute, second] = parts;
    const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return Number.isNaN(moment) ? null : moment;
  }
  const after = AFTER.exec(text);
  if (after && began !== null) {
    const [hours, minutes, seconds] = after.slice(1).map((part) => Number(part ?? 0));
    return began + ((hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000;
  }
  // Seconds or milliseconds since 1970.
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{13}$/.test(text)) return Number(text);
  return null;
}

/** The address of a page without the moment that it named. */
export function without(search: string): string {
  const asked = new URLSearchParams(search);
  asked.delete("t");
  const rest = asked.toString();
  return rest ? `?${rest}` : "";
}

/** The address of a track at a moment. */
export function linkTo(origin: string, path: string, moment: number): string {
  const t = new Date(moment).toISOString().replace(/\.\d+Z$/, "Z").replaceAll(/[-:]/g, "");
  return `${origin}${path}?t=${t}`;
}
