/** What goes to a terminal: colours where they are welcome, and text of strangers without its control characters. */
import type { Writable } from "node:stream";

export interface Style {
  (text: string): string;
}

export interface Palette {
  readonly dim: Style;
  readonly bold: Style;
  readonly client: Style;
  readonly server: Style;
  readonly good: Style;
  readonly bad: Style;
  readonly warning: Style;
  readonly info: Style;
}

type Output = Writable & { hasColors?: () => boolean };

export const COLOURING = ["auto", "always", "never"] as const;

/**
 * Colours for a stream: `"auto"` is for a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`, and for anything else when
 * `FORCE_COLOR` is 1, 2 or 3.
 */
export function palette(output: Output, when: (typeof COLOURING)[number] = "auto"): Palette {
  const welcome = output.hasColors?.() ?? /^[123]$/.test(process.env["FORCE_COLOR"] ?? "");
  const colours = when === "auto" ? welcome : when === "always";
  const style = (on: number, off: number): Style =>
    colours ? (text) => `\x1b[${on}m${text}\x1b[${off}m` : (text) => text;
  return {
    dim: style(2, 22),
    bold: style(1, 22),
    client: style(36, 39),
    server: style(35, 39),
    good: style(32, 39),
    bad: style(31, 39),
    warning: style(33, 39),
    info: style(34, 39),
  };
}

/** C0 but tab and line feed, DEL, C1, and the characters that turn the direction of text. */
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from elsewhere, so that it cannot steer the terminal: control characters become `\xNN` or `\u{NNNN}`. */
export function harmless(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.codePointAt(0)!;
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
  });
}

/** The same in one line. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\s+/g, " ").trim());
}

/** A value as JSON, with the controls that JSON allows in strings escaped, too. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A number of octets for people. */
export function size(octets: number): string {
  if (octets < 1000) return `${octets} octets`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(octets) / 3), units.length);
  const value = octets / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`;
}

/** Writes; resolves when the stream has taken it. A reader that went away is no error: it has seen enough. */
export function print(output: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (error != null && (error as NodeJS.ErrnoException).code !== "EPIPE") reject(error);
      else resolve();
    });
  });
}
