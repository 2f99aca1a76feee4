// Reads the tags that say what a test shows (`covers: RFC 3461 client`), each with the test it stands above.

const TAG = /^(?:\s*\/\/\s*covers:|@covers)(.*)$/;
const FORM = /^\s*(RFC \d+|[A-Z0-9-]+)(?: section ([\w.]+))?((?: (?:client|server|both))+)\s*$/;
const RUST_TEST = /^\s*(?:pub )?fn (\w+)/;
const JS_TEST = /\b(?:test|it|session)\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`|(?=\w))/;
/** How far below its tag a test may begin: there may be other tags, attributes and the head of a table's loop between. */
const REACH = 12;

/** `{ tags: [{ document, section, sides, file, test }], faults: [sentence] }` of one file. */
export function tags(file, source) {
  const lines = source.split(/\r?\n/);
  const found = { tags: [], faults: [] };
  for (const [index, line] of lines.entries()) {
    const text = TAG.exec(line)?.[1];
    if (text === undefined) continue;
    const at = `${file}:${index + 1}`;
    const form = FORM.exec(text);
    if (!form) {
      found.faults.push(
        `${at}: a tag is "covers: DOCUMENT [section N] client|server|both", not "${line.trim()}"`,
      );
      continue;
    }
    const [, document, section, words] = form;
    const sides = words.includes("both")
      ? ["client", "server"]
      : [...new Set(words.trim().split(" "))].sort();
    const test = testBelow(file, lines, index);
    if (test === undefined) found.faults.push(`${at}: no test follows the tag`);
    else found.tags.push({ document, section, sides, file, test });
    if (file.endsWith(".smtp")) found.faults.push(...unplayed(at, lines, sides));
  }
  return found;
}

/** The name of the test, "" where the file is the test or names it elsewhere, `undefined` when there is none. */
function testBelow(file, lines, index) {
  if (file.endsWith(".smtp")) return "";
  const below = lines.slice(index + 1, index + 1 + REACH);
  if (file.endsWith(".rs")) {
    const end = below.findIndex((line) => RUST_TEST.test(line));
    const marked = below.slice(0, Math.max(end, 0)).some((line) => line.trim() === "#[test]");
    return marked ? RUST_TEST.exec(below[end])[1] : undefined;
  }
  const call = JS_TEST.exec(below.join("\n"));
  return call ? (call[1] ?? call[2] ?? "").replaceAll(/\$\{[^}]*\}/g, "…") : undefined;
}

/** A transcript shows a side only when it is played against that side. */
function unplayed(at, lines, sides) {
  const side =
    lines
      .find((line) => line.startsWith("@side "))
      ?.slice(6)
      .trim() ?? "both";
  const missing = side === "both" ? [] : sides.filter((name) => name !== side);
  return missing.map((name) => `${at}: the transcript is not played against the ${name}`);
}
