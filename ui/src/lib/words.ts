// Words of the islands, from the same language files that the server reads.
import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";

export type Words = (key: string, args?: Record<string, FluentVariable>) => string;

/** A lookup in one language file. A missing word shows its key, which the parity test makes rare. */
export function words(locale: string, text: string): Words {
  // Japanese and English have one direction: isolation marks would only get in the way of copying and searching.
  const bundle = new FluentBundle(locale, { useIsolating: false });
  bundle.addResource(new FluentResource(text));
  return (key, args) => {
    const pattern = bundle.getMessage(key)?.value;
    return pattern ? bundle.formatPattern(pattern, args ?? null) : key;
  };
}
