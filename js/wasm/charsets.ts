/** What the module that knows messages asks of character sets, whose tables every runtime has (src/message/charset.rs). */

/** The text that octets stand for; nothing when the runtime does not know the character set. */
export const charset = (label: string, octets: Uint8Array): string | undefined => {
  try {
    return new TextDecoder(label).decode(octets);
  } catch {
    return undefined;
  }
};
