// Sound from browsers is Opus, which not every device plays.

interface Support {
  isTypeSupported(type: string): boolean;
}

/** Whether this browser plays sound of a codec (RFC 6381 name). Where it cannot be asked, the player finds out. */
export function canHear(codec: string, support: Support | undefined = globalThis.MediaSource): boolean {
  return support === undefined || support.isTypeSupported(`audio/mp4; codecs="${codec}"`);
}
