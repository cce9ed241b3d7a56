// Ctrl+K: a dialog that leads to every page, talk and speaker of the conference. A combobox with a list, as ARIA has it.
import { rank, type Item } from "./rank.ts";

interface Palette {
  placeholder: string;
  none: string;
  items: Item[];
}

const SHOWN = 40;
let dialog: HTMLDialogElement | undefined;

function build(palette: Palette): HTMLDialogElement {
  const own = document.createElement("dialog");
  own.className = "dialog palette";
  own.setAttribute("aria-label", palette.placeholder);
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = palette.placeholder;
  input.autocomplete = "off";
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", "aria-label": palette.placeholder })) {
    input.setAttribute(name, value);
  }
  const list = document.createElement("ul");
  list.id = "palette-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", palette.placeholder);
  const none = document.createElement("p");
  none.className = "hint";
  none.setAttribute("role", "status");
  own.append(input, list, none);
  let items: Item[] = [];
  let at = 0;
  const mark = () => {
    [...list.children].forEach((line, index) => line.setAttribute("aria-selected", String(index === at)));
    const line = list.children[at];
    if (line) input.setAttribute("aria-activedescendant", line.id);
    else input.removeAttribute("aria-activedescendant");
    line?.scrollIntoView({ block: "nearest" });
  };
  const show = () => {
    items = rank(palette.items, input.value, SHOWN);
    at = 0;
    list.replaceChildren(
      ...items.map((item, index) => {
        const line = document.createElement("li");
        line.id = `palette-${index}`;
        line.setAttribute("role", "option");
        const label = document.createElement("strong");
        label.textContent = item.label;
        const note = document.createElement("span");
        note.textContent = item.note ?? "";
        line.append(label, note);
        line.addEventListener("click", () => location.assign(item.href));
        return line;
      }),
    );
    list.hidden = items.length === 0;
    none.textContent = items.length === 0 ? palette.none : "";
    mark();
  };
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    // While a word is being composed Enter and arrows belong to the input method.
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      at = Math.max(0, Math.min(items.length - 1, at + step));
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const item = items[at];
      if (item) location.assign(item.href);
    }
  });
  own.addEventListener("toggle", () => own.open && input.focus());
  document.body.append(own);
  show();
  return own;
}

/** Opens the palette; the first time it is fetched from `address`. */
export async function open(address: string): Promise<void> {
  if (!dialog) {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    dialog = build((await answer.json()) as Palette);
  }
  if (dialog.open) return dialog.close();
  dialog.showModal();
  const input = dialog.querySelector("input");
  input?.focus();
  input?.select();
}
