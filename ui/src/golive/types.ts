// What the go-live page begins with.
export interface FirstState {
  conf: string;
  track: { slug: string; name: string };
  /** The input that is sent to. */
  seat: "primary" | "backup";
  /** Where passes are asked for and browsers are ended. */
  passes: string;
  network_test: string;
  network_test_bytes: number;
  locale?: string;
}

/** Permission to begin once. */
export interface Pass {
  endpoint: string;
  token: string;
}
