// Small things this browser remembers. Storage may be forbidden or full; then nothing is remembered and nothing breaks.

export function recall<Value>(key: string, otherwise: Value): Value {
  try {
    const text = localStorage.getItem(`matsuri.${key}`);
    return text === null ? otherwise : { ...otherwise, ...(JSON.parse(text) as Value) };
  } catch {
    return otherwise;
  }
}

export function remember(key: string, value: object): void {
  try {
    localStorage.setItem(`matsuri.${key}`, JSON.stringify(value));
  } catch {
    // See above.
  }
}
