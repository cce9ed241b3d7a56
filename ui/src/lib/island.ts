// Islands: an element that the server has rendered, with its first state as JSON inside.

/** The element of the island `name` and its first state, or null where the page has none. */
export function island<State>(name: string): { element: HTMLElement; state: State } | null {
  const element = document.querySelector<HTMLElement>(`[data-island="${name}"]`);
  const json = element?.querySelector('script[type="application/json"]')?.textContent;
  if (!element || !json) return null;
  return { element, state: JSON.parse(json) as State };
}
