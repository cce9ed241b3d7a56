export interface Item {
  label: string;
  note?: string;
  href: string;
}

/** One width, one case, one kana: what the server's search does as well. */
export function fold(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[ァ-ヶ]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));
}

/** Items that have every word, those whose name begins with the first one before the others; at most `most`. */
export function rank(items: Item[], query: string, most: number): Item[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return items.slice(0, most);
  const found: [number, Item][] = [];
  for (const item of items) {
    const label = fold(item.label);
    const whole = `${label} ${fold(item.note ?? "")}`;
    if (!words.every((word) => whole.includes(word))) continue;
    const first = words[0] ?? "";
    found.push([label.startsWith(first) ? 0 : label.includes(first) ? 1 : 2, item]);
  }
  return found
    .sort(([a], [b]) => a - b)
    .slice(0, most)
    .map(([, item]) => item);
}
