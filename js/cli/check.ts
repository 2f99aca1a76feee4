/** `edgepost check`: what is wrong with messages in files, and what will become of them; mends what needs no thought. */
import { check as checkAsIs, checkRules } from "edgepost";
import type { Diagnostic, Rule, Severity } from "edgepost";
import { filesOf, read, replace, STDIN } from "./check-files.js";
import { explanation, finding, fixed, GROUPS, nameOf, ruleList, summary } from "./check-report.js";
import type { Checked } from "./check-report.js";
import { closest, Complaint, DONE, oneOf, parseArguments, UsageError, WRONG_USAGE } from "./command.js";
import type { Command } from "./command.js";
import { unified } from "./diff.js";
import { fieldValues, headerEnd, HEADER_OCTETS } from "./header.js";
import { checkLocal, localLineEnds } from "./line-ends.js";
import { mend } from "./mend.js";
import { sarif } from "./sarif.js";
import { COLOURING, json, oneLine, palette, print } from "./terminal.js";
import type { Palette } from "./terminal.js";
import { packageVersion } from "./version.js";

const HELP = `Usage: edgepost check [options] [FILE...]

Finds what is wrong with messages, says what will become of them, and mends what needs no thought.
Nobody is asked over the network. FILE is a message (.eml) of 100 MB at most; "-", or no file
where the message comes through a pipe, is standard input.

Examples:
  edgepost check draft.eml
  edgepost check --fix --diff draft.eml
  edgepost check --recursive --severity warning --sarif mails > findings.sarif
  generate-mail | edgepost check --fix > mended.eml

What to look for:
  --severity LEVEL    the least to show: error, warning or info (default)
  --rule NAME         only this rule; may be given several times
  --ignore NAME       all but this rule; may be given several times
  --recursive         all .eml files of folders that are named, and of folders in them
  --as-is             take line ends as they are. Otherwise a file whose lines all end in LF is
                      looked at as it will be sent, with CRLF, and keeps its LFs when mended
  --list-rules        print all rules with their reasons; with --json for programs
  --explain NAME      print what there is to know of a rule

Fixes, of those findings that are shown:
  --fix               mend the files; what is left is then shown. From standard input the
                      result goes to standard output, and findings to standard error
  --stdout            with --fix: the same for the one file that is named, which stays as it is
  --diff, --dry-run   show what --fix would change, and change nothing

Output:
  --quiet             only the summary
  --json              one JSON document: an array of files with their findings ("diagnostics"),
                      how many there are of each group ("summary"), what was mended ("fixed"),
                      and why a file could not be read ("error")
  --sarif             SARIF 2.1.0, for code hosts and editors
  --color WHEN        auto (default): at a terminal, unless NO_COLOR is set; always; never
  -h, --help          print this

A finding's column is counted in octets. Exit codes: 0 nothing found, or only infos; 1 errors or
warnings were found, or are left after --fix; 2 wrong usage, or a file could not be read or written.
`;

const SEVERITIES = ["error", "warning", "info"] as const;

const OPTIONS = {
  severity: { type: "string", default: "info" },
  rule: { type: "string", multiple: true, default: [] as string[] },
  ignore: { type: "string", multiple: true, default: [] as string[] },
  recursive: { type: "boolean", default: false },
  "as-is": { type: "boolean", default: false },
  "list-rules": { type: "boolean", default: false },
  explain: { type: "string" },
  fix: { type: "boolean", default: false },
  stdout: { type: "boolean", default: false },
  diff: { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  quiet: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  sarif: { type: "boolean", default: false },
  color: { type: "string", default: "auto" },
} as const;

type Values = ReturnType<typeof parseArguments<typeof OPTIONS>>["values"];

export const check: Command = {
  name: "check",
  summary: "find what is wrong with messages, and mend it",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseArguments(args, OPTIONS);
    const when = oneOf(values.color, "--color", COLOURING);
    const rules = await checkRules();
    if (values["list-rules"] || values.explain !== undefined) {
      await print(process.stdout, told(values, rules, palette(process.stdout, when)));
      return DONE;
    }
    const wanted = selection(values, rules);
    const work = workOf(values);
    const files = await filesOf(positionals, values.recursive);
    const toStdout = work === "fix" && (values.stdout || files.includes(STDIN));
    if (toStdout && files.length > 1)
      throw new UsageError("standard output can hold one mended message: name one file");
    if (toStdout && (values.json || values.sarif))
      throw new UsageError("the mended message goes to standard output: leave --json and --sarif out");
    const output = toStdout ? process.stderr : process.stdout;
    const checkMessage = values["as-is"] ? checkAsIs : checkLocal;
    const look = async (octets: Uint8Array): Promise<Diagnostic[]> =>
      (await checkMessage(octets)).filter(wanted);
    const screen = { style: palette(output, when), columns: output.columns ?? 100 };
    const run: Run = { values, rules, look, work, toStdout, output, ...screen };
    return await checkAll(run, files);
  },
};

interface Run {
  readonly values: Values;
  readonly rules: readonly Rule[];
  /** The findings of a message that are wanted. */
  readonly look: (octets: Uint8Array) => Promise<Diagnostic[]>;
  readonly work: "show" | "fix" | "diff";
  /** Whether a mended message goes to standard output, and what is said of it to standard error. */
  readonly toStdout: boolean;
  readonly output: NodeJS.WriteStream;
  readonly style: Palette;
  readonly columns: number;
}

function workOf(values: Values): Run["work"] {
  const formats = (["json", "sarif", "quiet"] as const).filter((name) => values[name]);
  if (formats.length > 1) throw new UsageError(`give either --${formats[0]} or --${formats[1]}`);
  const diff = values.diff || values["dry-run"];
  if (values.stdout && (!values.fix || diff))
    throw new UsageError("--stdout is for a mended message: it goes with --fix alone");
  if (diff && formats.length > 0) throw new UsageError(`--diff shows a diff: leave --${formats[0]} out`);
  return diff ? "diff" : values.fix ? "fix" : "show";
}

/** Which findings are shown and mended. */
function selection(values: Values, rules: readonly Rule[]): (diagnostic: Diagnostic) => boolean {
  const least = SEVERITIES.indexOf(oneOf(values.severity, "--severity", SEVERITIES));
  const [only, without] = (["rule", "ignore"] as const).map(
    (option) => new Set(values[option].map((name) => ruleOf(name, rules, `--${option}`).name)),
  ) as [Set<string>, Set<string>];
  return ({ rule, severity }) =>
    SEVERITIES.indexOf(severity as Severity) <= least &&
    (only.size === 0 || only.has(rule)) &&
    !without.has(rule);
}

function ruleOf(name: string, rules: readonly Rule[], option: string): Rule {
  const found = rules.find((rule) => rule.name === name);
  if (found !== undefined) return found;
  const meant = closest(
    name,
    rules.map((rule) => rule.name),
  );
  const hint = meant === undefined ? "--list-rules prints all" : `did you mean ${meant}?`;
  throw new UsageError(`${option}: there is no rule "${name}"; ${hint}`);
}

/** What `--list-rules` and `--explain` print. */
function told(values: Values, rules: readonly Rule[], style: Palette): string {
  const columns = Math.min(process.stdout.columns ?? 100, 100);
  const one = values.explain === undefined ? undefined : ruleOf(values.explain, rules, "--explain");
  if (values.json) return `${json(one ?? rules)}\n`;
  return one === undefined ? ruleList(rules, style, columns) : explanation(one, style, columns);
}

async function checkAll(run: Run, files: readonly string[]): Promise<number> {
  const { values, output, style } = run;
  const all: Checked[] = [];
  const problems = new Map<string, string>();
  for (const file of files) {
    try {
      const checked = await checkOne(run, file);
      // The octets are needed for places only: those of many files would not fit into memory.
      all.push(values.sarif ? checked : { ...checked, octets: new Uint8Array() });
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      problems.set(file, error.message);
      const { bad } = palette(process.stderr, oneOf(values.color, "--color", COLOURING));
      await print(process.stderr, `${bad("edgepost check:")} ${oneLine(error.message)}\n`);
    }
  }
  if (values.json) await print(output, `${json(documentOf(files, all, problems))}\n`);
  else if (values.sarif)
    await print(output, `${json(sarif(all, run.rules, await packageVersion(), [...problems.values()]))}\n`);
  else if (run.work !== "diff" && all.length > 0) await print(output, summary(all, style));
  if (problems.size > 0) return WRONG_USAGE;
  const bad = all.some(({ diagnostics }) => diagnostics.some(({ severity }) => severity !== "info"));
  return bad ? FOUND : DONE;
}

const FOUND = 1;

async function checkOne(run: Run, file: string): Promise<Checked> {
  const { values, look, work, toStdout, output, style, columns } = run;
  const octets = await read(file);
  const local = !values["as-is"] && localLineEnds(octets) !== undefined;
  const diagnostics = await look(octets);
  const forPeople = !values.json && !values.sarif;
  let checked: Checked = { file, octets, local, diagnostics };
  if (work !== "show") {
    const mended = await mend(octets, diagnostics, look);
    if (work === "diff") {
      await print(output, difference(file, octets, mended.octets, style));
      return checked;
    }
    if (toStdout) await print(process.stdout, mended.octets);
    else if (mended.did.length > 0) await replace(file, octets, mended.octets);
    checked = { file, octets: mended.octets, local, diagnostics: mended.left, did: mended.did };
    if (forPeople) await print(output, fixed(file, mended.did, style));
    for (const note of notes(file, mended.octets, mended)) await print(process.stderr, `${note}\n`);
  }
  if (forPeople && !values.quiet)
    for (const diagnostic of checked.diagnostics)
      await print(output, finding(checked, diagnostic, style, columns));
  return checked;
}

function difference(file: string, before: Uint8Array, after: Uint8Array, style: Palette): string {
  const lines = unified(before, after);
  if (lines.length === 0) return "";
  const coloured = lines.map((line) => {
    const colour = { "-": style.bad, "+": style.good, "@": style.client }[line[0]!];
    return `${colour === undefined ? line : colour(line)}\n`;
  });
  const name = nameOf(file);
  return `${style.bold(`--- ${name}`)}\n${style.bold(`+++ ${name}, mended`)}\n${coloured.join("")}`;
}

/** What to know of a message that was mended. */
function notes(
  file: string,
  octets: Uint8Array,
  { did, settled }: { did: readonly unknown[]; settled: boolean },
): string[] {
  const found: string[] = [];
  if (!settled) found.push(`${nameOf(file)}: there is more to fix: run it again`);
  if (did.length > 0 && isSigned(octets))
    found.push(`${nameOf(file)}: the message is signed, and was changed: it has to be signed anew`);
  return found;
}

function isSigned(octets: Uint8Array): boolean {
  const start = Buffer.from(octets.subarray(0, HEADER_OCTETS));
  const header = start.subarray(0, headerEnd(start));
  const fields = (name: string): string[] => fieldValues(header, name);
  return (
    fields("dkim-signature").length > 0 ||
    fields("content-type").some((value) =>
      /^multipart\/signed\b|^application\/(x-)?pkcs7-mime\b/i.test(value),
    )
  );
}

/** What `--json` prints: the files in the order in which they were named. */
function documentOf(
  files: readonly string[],
  all: readonly Checked[],
  problems: ReadonlyMap<string, string>,
): unknown {
  const byFile = new Map(all.map((checked) => [checked.file, checked]));
  return files.map((file) => {
    const checked = byFile.get(file);
    const diagnostics = checked?.diagnostics ?? [];
    const counts = GROUPS.map((group) => [
      group,
      diagnostics.filter((found) => found.group === group).length,
    ]);
    return {
      file,
      diagnostics,
      summary: Object.fromEntries(counts) as Record<string, number>,
      ...(checked?.did !== undefined && { fixed: checked.did }),
      ...(checked === undefined && { error: problems.get(file) }),
    };
  });
}
