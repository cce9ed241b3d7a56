// What the live page gets from the server: see docs/realtime.md, topics `live/` and `chat/`.
import type { PassData } from "./pass.ts";

export interface Speaker {
  name: string;
  slug?: string | null;
}
export interface Entry {
  talk: string | null;
  title: string;
  speakers?: Speaker[];
  at: string;
  ends_at?: string | null;
  href?: string | null;
}
export type State = "upcoming" | "preparing" | "live" | "slate" | "clips" | "interrupted" | "ended" | "off";
export interface Descriptor {
  state: State;
  /** Whether the slate says by itself what comes. */
  titled?: boolean;
  /** Where the picture is, and its sound alone where there is any; without the pass that they may need. `sound` names the sound's codec. */
  playback: { url: string; audio?: string | null; sound?: string | null } | null;
  onair: Entry[];
  next: Entry | null;
  /** Languages that captions come in. */
  captions?: string[];
  viewers: number;
  track: { slug: string; name: string };
}
/** A descriptor, and the right to watch, which is this viewer's alone. */
export interface Watching extends Descriptor {
  pass: PassData | null;
}
export type LiveEvent = ({ kind: "descriptor" } & Descriptor) | { kind: "viewers"; count: number };

export interface Line {
  id: string;
  at: string;
  author: { id?: string; name: string; badge?: "speaker" | "team" | null };
  text: string;
  mine?: boolean;
}
export interface ChatData {
  lines: Line[];
  /** Whether the chat takes lines now; `may_post`: whether this person may write at all. */
  open?: boolean;
  /** The `author.id` of this person's own lines. */
  me?: string | null;
  may_post: boolean;
  may_remove: boolean;
  limits: { length_max: number };
}
export type ChatEvent = ({ kind: "line" } & Line) | { kind: "removed"; id: string } | { kind: "open"; open: boolean };

export interface FirstState {
  conf: { slug: string; title: string; zone: string };
  track: string;
  tracks: { slug: string; name: string }[];
  descriptor: Descriptor;
  pass: PassData | null;
  chat: ChatData | null;
  account: { name: string } | null;
  signInHref: string;
  locale: "ja" | "en";
}
