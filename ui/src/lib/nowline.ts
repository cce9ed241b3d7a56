// The now line of the timetable, for the grid (a slot is five minutes), for the same grid stacked as a list on a phone, and for the list.

const SLOT_MS = 5 * 60_000;
const REFRESH_MS = 20_000;

/** How far into the grid's rows an instant lies: whole slots and the part of the next one; null outside of the day shown. */
export function slotAt(startMs: number, nowMs: number, slots: number): { slot: number; part: number } | null {
  const at = (nowMs - startMs) / SLOT_MS;
  if (at < 0 || at >= slots) return null;
  return { slot: Math.floor(at), part: at - Math.floor(at) };
}

/** The distance from the top of a grid for a place among its rows, whose real heights differ. Row 0 holds the heads. */
export function distance(rows: number[], gap: number, place: { slot: number; part: number }): number {
  let top = 0;
  for (let i = 0; i <= place.slot && i < rows.length; i += 1) top += (rows[i] ?? 0) + gap;
  return top + (rows[place.slot + 1] ?? 0) * place.part;
}

function line(inList: boolean): HTMLElement {
  const mark = document.createElement("div");
  mark.className = inList ? "tt-now in-list" : "tt-now";
  mark.setAttribute("aria-hidden", "true");
  mark.append(document.createElement("span"));
  return mark;
}

function drawInGrid(grid: HTMLElement, now: number, clock: string): boolean {
  const style = getComputedStyle(grid);
  if (style.gridTemplateColumns.split(" ").length < 2) return false;
  const rows = style.gridTemplateRows.split(" ").map(parseFloat);
  const start = Date.parse(grid.dataset["start"] ?? "");
  const place = slotAt(start, now, rows.length - 1);
  if (!place) return true;
  const mark = line(false);
  mark.firstElementChild!.textContent = clock;
  mark.style.insetBlockStart = `${distance(rows, parseFloat(style.rowGap) || 0, place)}px`;
  grid.append(mark);
  return true;
}

function drawInList(cards: HTMLElement[], now: number, clock: string): void {
  const running = cards.some((card) => Date.parse(card.dataset["from"] ?? "") <= now);
  const next = cards.find((card) => Date.parse(card.dataset["from"] ?? "") > now);
  if (!next || !running) return;
  const mark = line(true);
  mark.firstElementChild!.textContent = clock;
  // Before the time that heads the next card, where it has one.
  const label = next.previousElementSibling;
  const heads = label?.matches(".tt-time, h2, h3") ?? false;
  ((heads && (next.closest(".tt-hour") ?? label)) || next).before(mark);
}

function draw(table: HTMLElement): void {
  for (const old of table.querySelectorAll(".tt-now")) old.remove();
  const now = Date.now();
  const zone = table.dataset["zone"] ?? "UTC";
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(now);
  const cards = [...table.querySelectorAll<HTMLElement>(".tt-talk[data-from]")];
  for (const card of cards) card.classList.toggle("past", Date.parse(card.dataset["to"] ?? "") <= now && !card.classList.contains("on-air"));
  const grid = table.querySelector<HTMLElement>(".timetable-grid");
  if (!grid || !drawInGrid(grid, now, clock)) drawInList(cards, now, clock);
  for (const button of document.querySelectorAll<HTMLElement>("[data-jump-now]")) button.hidden = !table.querySelector(".tt-now");
}

/** Draws the now line of every timetable under `scope` and keeps it moving; returns what ends that. */
export function startTimetable(scope: ParentNode): () => void {
  const tables = [...scope.querySelectorAll<HTMLElement>("[data-timetable]")];
  if (tables.length === 0) return () => {};
  const all = (): void => tables.forEach(draw);
  all();
  const timer = setInterval(all, REFRESH_MS);
  addEventListener("resize", all);
  return () => {
    clearInterval(timer);
    removeEventListener("resize", all);
  };
}

/** Brings the now line into view and the focus to what is on. */
export function jumpToNow(): void {
  const mark = document.querySelector<HTMLElement>(".tt-now");
  mark?.scrollIntoView({ block: "center", inline: "nearest" });
  document.querySelector<HTMLElement>(".tt-talk.on-air a")?.focus({ preventScroll: true });
}
