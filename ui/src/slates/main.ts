// The page of slates and clips: how much of a film is sent, and news of those that are being checked. Without it the form and a
// reload do the same.
import { island } from "../lib/island.ts";
import { busy, percentOf, type SlateState } from "./rules.ts";

interface FirstState {
  conf: string;
  busy: boolean;
  words: { sending: string; checking: string; failed: string; large: string; bytes_max: number };
}

const POLL_MS = 2000;

function start(): void {
  const found = island<FirstState>("slates");
  if (!found) return;
  const { state } = found;
  const form = document.querySelector<HTMLFormElement>("form[data-upload]");
  if (form) prepare(form, state);
  if (state.busy) setTimeout(() => void look(state), POLL_MS);
}

/** Sends the form by hand, so that one sees how far it is. */
function prepare(form: HTMLFormElement, state: FirstState): void {
  const box = form.querySelector<HTMLElement>("[data-upload-state]");
  const bar = box?.querySelector("progress");
  const text = box?.querySelector<HTMLElement>("[role=status]");
  const button = form.querySelector<HTMLButtonElement>("button");
  const file = form.querySelector<HTMLInputElement>("input[type=file]");
  if (!box || !bar || !text || !button || !file) return;
  file.addEventListener("change", () => file.setCustomValidity((file.files?.[0]?.size ?? 0) > state.words.bytes_max ? state.words.large : ""));
  let sending = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    box.hidden = false;
    const request = new XMLHttpRequest();
    let said = -1;
    const tell = (percent: number): void => {
      bar.value = percent;
      // Read out by screen readers: not every single percent.
      const step = Math.floor(percent / 10);
      if (step === said) return;
      said = step;
      text.textContent = percent >= 100 ? state.words.checking : state.words.sending.replace("{percent}", String(percent));
    };
    tell(0);
    request.upload.addEventListener("progress", (sent) => tell(percentOf(sent.loaded, sent.total)));
    const failed = (sentence: string): void => {
      sending = false;
      button.disabled = false;
      text.textContent = sentence;
      bar.hidden = true;
    };
    request.addEventListener("load", () => {
      // The answer to a form is another page; here only where it leads matters.
      if (request.status < 400) location.assign(`/${state.conf}/studio/slates`);
      else failed(problem(request.responseText) ?? state.words.failed);
    });
    request.addEventListener("error", () => failed(state.words.failed));
    request.open("POST", form.action);
    request.setRequestHeader("accept", "application/problem+json");
    bar.hidden = false;
    request.send(new FormData(form));
  });
  addEventListener("beforeunload", (event) => {
    if (sending && bar.value < 100) event.preventDefault();
  });
}

/** The sentence of a refusal. */
function problem(body: string): string | null {
  try {
    const said = JSON.parse(body) as { detail?: string; title?: string; errors?: { detail?: string; message?: string }[] };
    return said.errors?.[0]?.detail ?? said.errors?.[0]?.message ?? said.detail ?? said.title ?? null;
  } catch {
    return null;
  }
}

/** Looks how far the films are that are being checked; once one is done the page is read again, unless somebody writes. */
async function look(state: FirstState): Promise<void> {
  let again = true;
  try {
    const response = await fetch(`/api/v2/conferences/${state.conf}/slates`, { headers: { accept: "application/json" } });
    if (response.ok) {
      const { slates } = (await response.json()) as { slates: SlateState[] };
      let isDone = false;
      for (const slate of slates) {
        const item = document.getElementById(slate.id);
        const bar = item?.querySelector<HTMLProgressElement>("[data-done]");
        if (bar) bar.value = slate.done;
        if (item && item.dataset["stage"] !== slate.stage && !busy(slate)) isDone = true;
      }
      const writes = document.querySelector("details[open], form[data-upload] input[type=text]:not(:placeholder-shown):focus") !== null;
      const chosen = (document.querySelector<HTMLInputElement>("form[data-upload] input[type=file]")?.files?.length ?? 0) > 0;
      if (isDone && !writes && !chosen) {
        location.reload();
        return;
      }
      again = slates.some(busy) || isDone;
    }
  } catch {
    // The next look may succeed.
  }
  if (again) setTimeout(() => void look(state), POLL_MS);
}

start();
