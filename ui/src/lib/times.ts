// Times on server-rendered pages: the venue's time is in the text, the viewer's is added where it differs, and it is always labelled.

const locale = (): string => document.documentElement.lang || "en";

/** The zone this browser is in. */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Minutes that `zone` is ahead of UTC at `instant`. */
export function offsetMinutes(zone: string, instant: Date): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(instant);
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}

export type Show = "time" | "date" | "both";

/** An instant as people of `lang` write it, in `zone`. */
export function format(instant: Date, show: Show, lang: string, zone: string): string {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const date: Intl.DateTimeFormatOptions = { month: "short", day: "numeric", weekday: "short" };
  const options = show === "time" ? time : show === "date" ? date : { ...date, ...time };
  return new Intl.DateTimeFormat(lang, { ...options, timeZone: zone }).format(instant);
}

/** The viewer's time for an instant, with the date where it falls on another day than at the venue; null when both clocks agree. */
export function viewerTime(instant: Date, show: Show, lang: string, venue: string, viewer: string): string | null {
  if (offsetMinutes(venue, instant) === offsetMinutes(viewer, instant)) return null;
  const otherDay = format(instant, "date", lang, venue) !== format(instant, "date", lang, viewer);
  return format(instant, show === "time" && otherDay ? "both" : show, lang, viewer);
}

/** What is left until `instant`, coarse when far and by the second when near: "2 d 4 h", "1:02:09", "2:09". */
export function countdown(leftMs: number, lang: string): string {
  const left = Math.max(0, Math.ceil(leftMs / 1000));
  const days = Math.floor(left / 86400);
  const hours = Math.floor(left / 3600) % 24;
  if (days > 0) {
    const unit = (value: number, name: string): string =>
      new Intl.NumberFormat(lang, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
    return `${unit(days, "day")} ${unit(hours, "hour")}`;
  }
  const pad = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(left / 60) % 60;
  const seconds = left % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** Adds the viewer's time beside every `<time data-two-times>` under `scope` and starts its countdowns; returns what ends them. */
export function startTimes(scope: ParentNode): () => void {
  const lang = locale();
  const mine = viewerZone();
  const label = document.documentElement.dataset["tYourTime"] ?? "";
  for (const time of scope.querySelectorAll<HTMLTimeElement>("time[data-two-times]")) {
    const venue = time.closest<HTMLElement>("[data-zone]")?.dataset["zone"];
    const instant = new Date(time.dateTime);
    if (!venue || Number.isNaN(instant.getTime()) || time.nextElementSibling?.classList.contains("my-time")) continue;
    const text = viewerTime(instant, (time.dataset["show"] as Show | undefined) ?? "time", lang, venue, mine);
    if (!text) continue;
    const span = document.createElement("span");
    span.className = "my-time";
    span.textContent = `${text} ${label}`;
    time.after(span);
  }
  const waiting = [...scope.querySelectorAll<HTMLTimeElement>("time[data-countdown]")];
  if (waiting.length === 0) return () => {};
  const tick = (): void => {
    for (const time of waiting) time.textContent = countdown(new Date(time.dateTime).getTime() - Date.now(), lang);
  };
  tick();
  const timer = setInterval(tick, 1000);
  return () => clearInterval(timer);
}
