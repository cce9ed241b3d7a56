// A test of an encoder as the server tells it: the topic `encoder-test/{digest}`, see docs/realtime.md. The words come with it, in every language.
export type Verdict = "good" | "look" | "must" | "unknown";
export interface Row {
  item: string;
  verdict: Verdict;
  value: string;
  /** The verdict in a word. */
  word: string;
  advice: string | null;
}
export interface Words {
  summary: { verdict: Verdict; word: string; text: string };
  rows: Row[];
}
export interface Told {
  state: "waiting" | "running" | "over";
  words: Partial<Record<string, Words>>;
}
export interface FirstState {
  topic: string;
  locale: string;
}

/** Puts what was told into the rows that the server has rendered; an element whose text stays the same is left alone. */
export function show(section: HTMLElement, told: Told, locale: string): void {
  const words = told.words[locale];
  if (!words) return;
  section.dataset["state"] = told.state;
  const { summary } = words;
  say(section.querySelector("[data-summary-text]"), summary.text);
  judge(section.querySelector("[data-summary-verdict]"), summary.verdict, summary.word);
  for (const row of words.rows) {
    const line = section.querySelector(`[data-item="${row.item}"]`);
    if (!line) continue;
    say(line.querySelector("[data-value]"), row.value);
    judge(line.querySelector("[data-verdict]"), row.verdict, row.word);
    const advice = line.querySelector<HTMLElement>("[data-advice]");
    say(advice, row.advice ?? "");
    if (advice) advice.hidden = row.advice === null;
  }
}

function say(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

function judge(element: Element | null, verdict: Verdict, word: string): void {
  if (!element) return;
  say(element, word);
  element.className = `chip verdict-${verdict}`;
}
