// The tiny script on every page. Nothing here is needed to use a page; each part improves what the server has rendered.
import { startForms, startKeys } from "./lib/forms.ts";
import { jumpToNow, startTimetable } from "./lib/nowline.ts";
import { startTimes } from "./lib/times.ts";

const root = document.documentElement;
root.classList.add("script");

/** Tells the server the viewer's zone, so that the next page has both times without waiting for a script. */
function keepZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = /(?:^|; )zone=([^;]*)/.exec(document.cookie)?.[1];
  if (!zone || known === encodeURIComponent(zone)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

function toast(text: string): void {
  let region = document.querySelector<HTMLElement>(".toast-region");
  if (!region) {
    region = document.createElement("div");
    region.className = "toast-region";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = text;
  region.append(note);
  setTimeout(() => note.remove(), 2600);
}

async function copyFrom(button: HTMLElement): Promise<void> {
  const source = button.parentElement?.querySelector<HTMLElement>("[data-copy-text], code");
  if (!source) return;
  const text = source.dataset["copyText"] || source.textContent?.trim() || "";
  try {
    await navigator.clipboard.writeText(text);
    toast(root.dataset["tCopied"] ?? "✓");
  } catch {
    // The clipboard needs a secure page; a selection can be copied by hand anywhere.
    getSelection()?.selectAllChildren(source);
  }
}

function closeMenus(except?: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  closeMenus(target?.closest("details.menu"));
  const copy = target?.closest<HTMLElement>("[data-copy]");
  if (copy) void copyFrom(copy);
  const opener = target?.closest<HTMLElement>("[data-dialog-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset["dialogOpen"] ?? "");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (target?.closest("[data-dialog-close]") || target instanceof HTMLDialogElement) target.closest("dialog")?.close();
  if (target?.closest("[data-jump-now]")) jumpToNow();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector<HTMLDetailsElement>("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary")?.focus();
});

document.addEventListener("submit", (event) => {
  const submitter = event.submitter;
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const sentence = submitter?.dataset["confirm"] ?? form.dataset["confirm"];
  if (sentence && !confirm(sentence)) {
    event.preventDefault();
    return;
  }
  // A second click on a slow line must not send twice. Deferred: a disabled button's value would not be sent.
  if (form.method === "post" && submitter instanceof HTMLButtonElement) {
    setTimeout(() => (submitter.disabled = true));
    setTimeout(() => (submitter.disabled = false), 8000);
  }
});

document.addEventListener("change", (event) => {
  const field = event.target instanceof Element ? event.target : null;
  field?.closest<HTMLFormElement>("form[data-submit-on-change]")?.requestSubmit();
});

// The command palette is not part of this file: it comes when somebody wants it.
const palette = root.dataset["palette"];
if (palette) {
  const open = () => void import("./palette/main.ts").then((own) => own.open(palette));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-palette-open]")) open();
  });
}

addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of document.querySelectorAll<HTMLButtonElement>("form button:disabled")) button.disabled = false;
});

keepZone();
for (const button of document.querySelectorAll<HTMLElement>("[data-copy]")) button.hidden = false;
startForms(root.dataset["saved"]);
startKeys();
startTimes(document);
startTimetable(document);
if (location.hash === "#now") jumpToNow();
// After a failed form the first wrong field has the focus, or what stands in the way of the whole.
document.querySelector<HTMLElement>("main [aria-invalid='true'], main [data-wrong]")?.focus();
