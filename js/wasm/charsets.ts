/** The charsets of the Encoding Standard, which every runtime knows (src/message/charset.rs). */

/** What mailers call charsets that have another name there. */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: "shift_jis",
  cp936: "gbk",
  cp949: "euc-kr",
  cp950: "big5",
};

/** The decoder that was used last: most messages are written in one charset. */
let last: { readonly label: string; readonly decoder: TextDecoder } | undefined;

/** Nothing when no charset has this label. */
export const decode = (label: string, octets: Uint8Array): string | undefined => {
  if (last?.label !== label) {
    const name = label.toLowerCase();
    try {
      last = { label, decoder: new TextDecoder(ALIASES[name] ?? name, { ignoreBOM: true }) };
    } catch {
      return undefined;
    }
  }
  return last.decoder.decode(octets);
};
