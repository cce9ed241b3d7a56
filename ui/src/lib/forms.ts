// What a script adds to forms that work without one: drafts, a guard against leaving, looks without leaving the page, pickers.
// Kept small: it is on every page.

interface Draft {
  at: number;
  /** Name under which the server says that it was saved. */
  name: string;
  fields: [string, string][];
}

const PREFIX = "draft ";
/** Drafts that nobody came back for. */
const OLD_MS = 30 * 86_400_000;

export function draftKey(path: string, form: string): string {
  return `${PREFIX}${path}#${form}`;
}

/** The fields of a form as its POST would have them, without files and without secrets. */
export function fieldsOf(form: HTMLFormElement): [string, string][] {
  const secret = new Set([...form.querySelectorAll<HTMLInputElement>("input[type=password],[data-secret]")].map((field) => field.name));
  const fields: [string, string][] = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && name !== "draft" && !secret.has(name)) fields.push([name, value]);
  }
  return fields;
}

export function same(a: [string, string][], b: [string, string][]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether rows stand in the draft that the form does not show; then the server has to make them. */
export function missing(have: string[], want: string[]): boolean {
  const count = (names: string[], name: string) => names.filter((own) => own === name).length;
  return want.some((name) => name.includes(".") && count(want, name) > count(have, name));
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

/** Forgets what was saved and what is old. */
function sweep(saved: string | undefined): void {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    const draft = read(key);
    if (!draft || draft.at < Date.now() - OLD_MS || (saved && draft.name === saved)) localStorage.removeItem(key);
  }
}

function put(form: HTMLFormElement, fields: [string, string][]): void {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement)) continue;
    if (!field.name || field.name === "draft" || field.type === "file" || field.type === "password") continue;
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
      field.checked = values.get(field.name)?.includes(field.value) ?? false;
    } else {
      field.value = values.get(field.name)?.shift() ?? "";
    }
  }
}

/** Posts the form as a look and takes over parts of the page that comes back. */
async function look(form: HTMLFormElement, ids: string[]): Promise<void> {
  const body = new URLSearchParams([...fieldsOf(form), ["do", "look"]]);
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ids) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id)?.replaceWith(fresh);
    }
  } catch {
    // Without a line there is nothing new to show; what was typed stays where it is.
  }
}

function guard(form: HTMLFormElement, index: number): void {
  const key = draftKey(location.pathname, form.id || String(index));
  const name = form.elements.namedItem("draft");
  const first = fieldsOf(form);
  let dirty = form.dataset["unsaved"] !== undefined;
  let sending = false;
  let timer = 0;
  const keep = () => {
    clearTimeout(timer);
    const fields = fieldsOf(form);
    dirty = form.dataset["unsaved"] !== undefined || !same(fields, first);
    if (!(name instanceof HTMLInputElement)) return;
    name.value ||= crypto.randomUUID?.() ?? String(Date.now());
    try {
      if (dirty) localStorage.setItem(key, JSON.stringify({ at: Date.now(), name: name.value, fields } satisfies Draft));
      else localStorage.removeItem(key);
    } catch {
      // A full or closed store costs the draft, nothing else.
    }
  };
  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(timer);
    timer = window.setTimeout(keep, 400);
  });
  form.addEventListener("submit", (event) => {
    keep();
    sending = !event.defaultPrevented;
  });
  addEventListener("pagehide", () => dirty && !sending && keep());
  addEventListener("pageshow", () => (sending = false));
  addEventListener("beforeunload", (event) => {
    if (dirty && !sending) event.preventDefault();
  });
  if (dirty) keep();
  else offer(form, key, first);
}

/** Offers a draft that was not saved. */
function offer(form: HTMLFormElement, key: string, first: [string, string][]): void {
  const draft = read(key);
  const bar = form.querySelector<HTMLTemplateElement>("template.draft-bar")?.content.firstElementChild?.cloneNode(true);
  if (!draft || same(draft.fields, first) || !(bar instanceof HTMLElement)) return;
  const at = bar.querySelector("time");
  if (at) at.textContent = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  bar.addEventListener("click", (event) => {
    const act = event.target instanceof HTMLElement ? event.target.dataset["draftDo"] : undefined;
    if (!act) return;
    bar.remove();
    if (act !== "restore") return localStorage.removeItem(key);
    const names = (fields: [string, string][]) => fields.map(([name]) => name);
    if (missing(names(first), names(draft.fields))) return replay(form, draft);
    put(form, draft.fields);
    form.dispatchEvent(new Event("input"));
  });
  form.before(bar);
}

/** Lets the server show the form with all rows of the draft: a look, made of the draft's fields. */
function replay(form: HTMLFormElement, draft: Draft): void {
  const copy = document.createElement("form");
  copy.method = "post";
  copy.action = form.action;
  for (const [name, value] of [...draft.fields, ["draft", draft.name], ["do", "look"]] as [string, string][]) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    copy.append(field);
  }
  copy.hidden = true;
  document.body.append(copy);
  copy.submit();
}

/** Starts everything; `saved` is the draft that the page before saved. */
export function startForms(saved: string | undefined): void {
  try {
    sweep(saved);
  } catch {
    return; // No storage: no drafts.
  }
  document.querySelectorAll<HTMLFormElement>("form[data-draft]").forEach(guard);
  for (const picker of document.querySelectorAll<HTMLInputElement>("[data-color-for]")) {
    const field = document.getElementById(picker.dataset["colorFor"] ?? "");
    if (!(field instanceof HTMLInputElement)) continue;
    picker.hidden = false;
    picker.addEventListener("input", () => {
      field.value = picker.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.addEventListener("change", () => /^#[0-9a-f]{6}$/i.test(field.value) && (picker.value = field.value));
  }
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-look]") : null;
    if (!button?.form) return;
    event.preventDefault();
    void look(button.form, (button.dataset["look"] ?? "").split(" "));
  });
  let timer = 0;
  document.addEventListener("change", (event) => {
    const part = event.target instanceof Element ? event.target.closest<HTMLElement>("fieldset[data-look]") : null;
    const form = part?.closest("form");
    if (!part || !form) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(form, (part.dataset["look"] ?? "").split(" ")), 150);
  });
  for (const all of document.querySelectorAll<HTMLInputElement>("[data-tick-all]")) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of document.querySelectorAll<HTMLInputElement>(`input[name="${all.dataset["tickAll"]}"]`)) box.checked = all.checked;
    });
  }
  // What was done stays for ten seconds, undo included; hovered or focused it waits.
  const said = document.querySelector<HTMLElement>("[data-said]");
  if (said) {
    said.classList.add("toast");
    const leave = () => (said.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : said.remove());
    setTimeout(leave, 10_000);
  }
}

/** Ctrl+Enter saves, `/` goes to the search field, Ctrl+K opens the palette. */
export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = event.target instanceof Element ? event.target.closest("form") : null;
      const save = form?.querySelector<HTMLButtonElement>("[data-save]");
      if (save) {
        event.preventDefault();
        save.click();
      }
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector<HTMLInputElement>("main input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  });
}
