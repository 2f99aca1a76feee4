/** What can be told of TLS without its keys: that it is TLS, and alerts of a handshake that fails (RFC 8446 sections 5.1 and 6). */

const ALERT = 21;

/** What one side sends, from where TLS may begin. */
export class Records {
  #kind: "unknown" | "open" | "sealed" | "lost" = "unknown";
  /** The header of the record that comes, as far as it is there. */
  #header: number[] = [];
  /** Octets of a record that are still to come. */
  #left = 0;

  /** Whether these are TLS records. */
  get sealed(): boolean {
    return this.#kind === "sealed" || this.#kind === "lost";
  }

  /** Octets are missing: where the next record begins is not known any more. */
  lose(): void {
    if (this.sealed) this.#kind = "lost";
  }

  /** Reads on; the number of an alert that is in clear, if one ends here. */
  read(octets: Uint8Array): number | undefined {
    if (this.#kind === "unknown" && octets.length > 0)
      this.#kind = octets[0]! >= 20 && octets[0]! <= 23 ? "sealed" : "open";
    let alert: number | undefined;
    for (let at = 0; at < octets.length && this.#kind === "sealed";) {
      if (this.#header.length < 5) {
        this.#header.push(octets[at++]!);
        if (this.#header.length === 5) this.#left = this.#header[3]! * 256 + this.#header[4]!;
      } else if (this.#header[0] === ALERT && this.#header.length < 7 && this.#left === 2) {
        this.#header.push(octets[at++]!);
        if (this.#header.length === 7) alert ??= this.#header[6] === 0 ? undefined : this.#header[6];
      } else {
        const more = Math.min(this.#left, octets.length - at);
        this.#left -= more;
        at += more;
      }
      const short = this.#header[0] === ALERT && this.#left === 2;
      if (this.#header.length === (short ? 7 : 5) && (short || this.#left === 0)) this.#header = [];
    }
    return alert;
  }
}

const ALERTS: Readonly<Record<number, string>> = {
  10: "a message that does not belong there",
  20: "a record that was tampered with",
  40: "nothing that both sides can do",
  42: "a bad certificate",
  43: "a kind of certificate that is not supported",
  44: "a revoked certificate",
  45: "an expired certificate",
  46: "a certificate that is not acceptable",
  47: "a value that is out of range",
  48: "a certificate of an unknown authority",
  49: "no access",
  50: "a message that cannot be decoded",
  51: "a signature or a key that is wrong",
  70: "a version of TLS that is not supported",
  71: "too little security",
  80: "an internal error",
  86: "a fallback that should not be",
  109: "a missing extension",
  112: "a name that the server does not know",
  116: "a certificate that is required",
  120: "no protocol in common",
};

/** What an alert complains about (RFC 8446 section 6.2). */
export function alertWords(description: number): string {
  return ALERTS[description] ?? "something";
}
