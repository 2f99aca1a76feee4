/** What `edgepost check` tells people: each finding with its line, as compilers do, and what will become of the message. */
import { summarize } from "edgepost";
import type { Diagnostic, DiagnosticGroup, Rule, Severity } from "edgepost";
import { STDIN } from "./check-files.js";
import { excerpt } from "./excerpt.js";
import type { Done } from "./mend.js";
import { oneLine } from "./terminal.js";
import type { Palette, Style } from "./terminal.js";

export const GROUPS = ["will be refused", "may be filtered", "style"] as const;

/** What is known of a file in the end. */
export interface Checked {
  readonly file: string;
  readonly octets: Uint8Array;
  /** Its lines end in LF, and were looked at as if in CRLF. */
  readonly local: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly did?: readonly Done[];
}

export function nameOf(file: string): string {
  return file === STDIN ? "<stdin>" : oneLine(file);
}

/** A finding, in lines that end. */
export function finding(
  { file, octets }: Pick<Checked, "file" | "octets">,
  diagnostic: Diagnostic,
  style: Palette,
  columns: number,
): string {
  const { line, column, severity, rule, message, reference, fix } = diagnostic;
  const colour = colourOf(severity, style);
  const number = String(line);
  const gutter = " ".repeat(number.length);
  const shown = excerpt(octets, diagnostic, Math.max(20, columns - number.length - 4));
  const place = style.bold(`${nameOf(file)}:${line}:${column}:`);
  const lines = [
    `${place} ${colour(`${severity}[${rule}]:`)} ${oneLine(message)} ${style.dim(`(${reference})`)}`,
    ` ${style.dim(`${number} |`)} ${shown.text}`.trimEnd(),
    ` ${style.dim(`${gutter} |`)} ${colour(shown.marks)}`,
  ];
  if (fix !== undefined) lines.push(` ${gutter} ${style.dim("=")} ${style.good("help:")} ${help(fix)}`);
  return `${lines.join("\n")}\n\n`;
}

/** What a fix does, and what it writes where that is short. */
function help({ description, edits }: NonNullable<Diagnostic["fix"]>): string {
  const [edit, ...more] = edits;
  if (more.length > 0) return `${oneLine(description)} (in ${edits.length} places)`;
  const isWord = edit !== undefined && edit.end > edit.start && /^[!-~][ -~]{0,60}$/.test(edit.text);
  return `${oneLine(description)}${isWord ? `: ${edit.text}` : ""}`;
}

function colourOf(severity: Severity, style: Palette): Style {
  return { error: style.bad, warning: style.warning, info: style.info }[severity];
}

/** What was done to a file, in lines that end. */
export function fixed(file: string, did: readonly Done[], style: Palette): string {
  if (did.length === 0) return `${nameOf(file)}: nothing to fix\n`;
  const lines = did.map(
    ({ rule, description, places }) =>
      `  ${oneLine(description)} [${rule}]${places === 1 ? "" : `, in ${places} places`}\n`,
  );
  return `${nameOf(file)}: ${style.good("fixed")}\n${lines.join("")}`;
}

/** All findings by what comes of them, in lines that end. */
export function summary(all: readonly Checked[], style: Palette): string {
  const where = all.length === 1 ? nameOf(all[0]!.file) : `${all.length} files`;
  const found = all.flatMap(({ diagnostics }) => diagnostics);
  const local = all.filter((checked) => checked.local).length;
  const ends = `  ${all.length === 1 ? "its" : `in ${local} of them`} lines end in LF, looked at as CRLF; --as-is: as they are\n`;
  const lineEnds = local === 0 ? "" : style.dim(ends);
  if (found.length === 0) return `${where}: ${style.good("nothing found")}\n${lineEnds}`;
  const fixes = found.filter(({ fix }) => fix !== undefined).length;
  const words = `${found.length} ${found.length === 1 ? "finding" : "findings"}`;
  const offer = fixes === 0 ? "" : fixes === found.length ? "; --fix mends all" : `; --fix mends ${fixes}`;
  const groups = summarize(found);
  const digits = Math.max(...GROUPS.map((group) => String(groups[group].length).length));
  const lines = GROUPS.filter((group) => groups[group].length > 0).map((group) => {
    const count = String(groups[group].length).padStart(digits);
    return `  ${groupColour(group, style)(group.padEnd(15))}  ${count}  ${rules(groups[group])}\n`;
  });
  return `${where}: ${words}${offer}\n${lines.join("")}${lineEnds}`;
}

function groupColour(group: DiagnosticGroup, style: Palette): Style {
  return { "will be refused": style.bad, "may be filtered": style.warning, style: style.info }[group];
}

/** The rules of findings, those broken more often with how often. */
function rules(found: readonly Diagnostic[]): string {
  const counts = new Map<string, number>();
  for (const { rule } of found) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, count]) => (count === 1 ? rule : `${rule} (${count})`)).join(", ");
}

/** All rules, grouped, in lines that end. */
export function ruleList(rules: readonly Rule[], style: Palette, columns: number): string {
  const groups = GROUPS.map((group) => {
    const lines = rules
      .filter((rule) => rule.group === group)
      .map(({ name, severity, summary, reference }) => {
        const words = wrapped(`${summary} (${reference})`, columns - 4).map((line) => `    ${line}\n`);
        return `  ${style.bold(name)}  ${colourOf(severity, style)(severity)}\n${words.join("")}`;
      });
    return `${groupColour(group, style)(group)}\n${lines.join("")}`;
  });
  return groups.join("\n");
}

/** What there is to know of a rule, in lines that end. */
export function explanation(rule: Rule, style: Palette, columns: number): string {
  const { name, severity, group, summary, reference } = rule;
  const lines = [
    `${style.bold(name)}: ${colourOf(severity, style)(severity)}, ${groupColour(group, style)(group)}`,
    ...wrapped(summary, columns),
    `See ${reference}.`,
    style.dim(`To leave it out: edgepost check --ignore ${name}`),
  ];
  return `${lines.join("\n")}\n`;
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
