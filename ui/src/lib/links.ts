// Addresses in what people write become links; everything else stays text.

export interface Piece {
  text: string;
  href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'「」『』（）、。]+/g;
const TRAILING = /[.,;:!?)\]}]+$/;

/** Splits a line at its addresses. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (!URL.canParse(address)) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}
