/** `edgepost dissect`: what happened in a recorded session, step by step, and what there is to say of it. */
import { dissect as dissectRecording, InputError } from "edgepost";
import type { Finding, TraceFormat, TraceNote, TraceSession, TraceStep } from "edgepost";
import { filesOf, read } from "./check-files.js";
import { Complaint, DONE, oneOf, parseArguments, UsageError, wholeNumber, WRONG_USAGE } from "./command.js";
import type { Command } from "./command.js";
import { COLOURING, harmless, json, oneLine, palette, print } from "./terminal.js";
import type { Palette, Style } from "./terminal.js";

const FORMATS = [
  ...([
    "edgepost",
    "swaks",
    "msmtp",
    "nodemailer",
    "smtplib",
    "postfix",
    "curl",
    "transcript",
    "terminal",
  ] as const),
  ...(["pcap", "pcapng"] as const),
] satisfies readonly TraceFormat[];

const HELP = `Usage: edgepost dissect [options] [FILE]

Shows what happened in a recorded SMTP session, step by step, and says in plain words what went
wrong: what was refused and why, what was lost, what was done against the rules. Secrets are cut
out. FILE is a recording of 100 MB at most; "-", or no file where it comes through a pipe, is
standard input.

Examples:
  edgepost dissect session.log
  swaks --server mx.example.net --to bob@example.net 2>&1 | edgepost dissect
  tcpdump -w mail.pcap tcp port 25; edgepost dissect --findings mail.pcap

What can be read, and is recognised by its content:
  pcap, pcapng        captures of packets, as tcpdump and Wireshark write them
  edgepost            what "edgepost send --trace" prints; steps of a trace as lines of JSON
  swaks, msmtp, curl  what swaks, msmtp --debug, curl --verbose and curl --trace-ascii print
  nodemailer          its log with debug: true, as text or as lines of JSON
  smtplib             Python, with set_debuglevel
  postfix             the mail log, with debug_peer_list or -v
  transcript          lines behind C: and S:
  terminal            telnet, netcat, openssl s_client: nothing in front of the lines

Options:
  --format FORMAT     one of those, where the content does not show it
  --findings          only what there is to say, not the steps
  --slow MS           remark upon replies that come later; default: 3000 milliseconds
  --json              one JSON document: all of it, with places in the recording
  --color WHEN        auto (default): at a terminal, unless NO_COLOR is set; always; never
  -h, --help          print this

Exit codes: 0 nothing went wrong; 1 there are errors or warnings; 2 wrong usage, or there is no
session in the file.
`;

const OPTIONS = {
  format: { type: "string" },
  findings: { type: "boolean", default: false },
  slow: { type: "string" },
  json: { type: "boolean", default: false },
  color: { type: "string", default: "auto" },
} as const;

export const dissect: Command = {
  name: "dissect",
  summary: "show what happened in a recorded session, and what went wrong",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseArguments(args, OPTIONS);
    if (values.json && values.findings) throw new UsageError("give either --json or --findings");
    if (positionals.length > 1) throw new UsageError("one recording at a time: name one file");
    const style = palette(process.stdout, oneOf(values.color, "--color", COLOURING));
    const options = {
      ...(values.format !== undefined && { format: oneOf(values.format, "--format", FORMATS) }),
      ...(values.slow !== undefined && { slow: wholeNumber(values.slow, "--slow", 0, Infinity) }),
    };
    const [file] = await filesOf(positionals, false);
    const trace = await dissectRecording(await read(file!), options).catch((error: unknown) => {
      throw error instanceof InputError
        ? new Complaint(`${nameOf(file!)}: ${error.message}`, WRONG_USAGE)
        : error;
    });
    if (values.json) await print(process.stdout, `${json(trace)}\n`);
    else {
      for (const [index, session] of trace.sessions.entries()) {
        await print(process.stdout, heading(session, index, trace.sessions.length, style));
        await print(process.stdout, values.findings ? findings(session, style) : walk(session, style));
      }
      await print(process.stdout, notes(trace.notes, style));
    }
    const wrong = trace.sessions.some(({ diagnosis }) =>
      diagnosis.some(({ severity }) => severity !== "info"),
    );
    return wrong ? FOUND : DONE;
  },
};

const FOUND = 1;
const WHO = { client: "C:", server: "S:", link: "--" } as const;

function nameOf(file: string): string {
  return file === "-" ? "standard input" : file;
}

/** Which session it is, who talked to whom, and when. */
function heading(
  { client, server, began, tls }: TraceSession,
  index: number,
  of: number,
  style: Palette,
): string {
  const end = (one: TraceSession["client"]): string => {
    if (one === undefined) return "";
    const address = one.address.includes(":") ? `[${one.address}]` : one.address;
    return one.port === undefined ? address : `${address}:${one.port}`;
  };
  const ends = [end(client), end(server)];
  const said = [
    ...(ends.some((one) => one !== "") ? [ends.map((one) => one || "?").join(" -> ")] : []),
    ...(began === undefined ? [] : [began.toISOString()]),
    ...(tls === undefined ? [] : [tls === "starttls" ? "STARTTLS" : "implicit TLS"]),
  ];
  const title = style.bold(`session ${index + 1} of ${of}`);
  return `${index === 0 ? "" : "\n"}${title}${said.length === 0 ? "" : `  ${style.dim(oneLine(said.join(", ")))}`}\n`;
}

/** The steps, and below each what there is to say of it. */
function walk(session: TraceSession, style: Palette): string {
  const about = new Map<number | undefined, Finding[]>();
  for (const finding of session.diagnosis)
    about.set(finding.step, [...(about.get(finding.step) ?? []), finding]);
  const lines = session.steps.flatMap((step, index) => [
    ...shown(step, style),
    ...(about.get(index) ?? []).map((finding) => remark(finding, style)),
  ]);
  lines.push(...(about.get(undefined) ?? []).map((finding) => remark(finding, style)));
  return `${lines.join("\n")}\n${notes(session.notes, style)}`;
}

function shown(step: TraceStep, style: Palette): string[] {
  const { at, from, kind, text } = step;
  const time = at === undefined ? " ".repeat(9) : `${String(Math.round(at)).padStart(6)} ms`;
  const paint = colourOf(step, style);
  const lines = (kind === "content" ? `[${text}]` : text).split("\n");
  return lines.map((line, index) => {
    const stamp = index === 0 ? time : " ".repeat(time.length);
    return `${style.dim(stamp)}  ${paint(`${WHO[from]} ${harmless(line)}`)}`;
  });
}

function colourOf({ from, kind, code = 0 }: TraceStep, style: Palette): Style {
  if (kind === "garbage" || kind === "gap" || code >= 400) return style.bad;
  if (from === "link" || kind === "content") return style.dim;
  return from === "client" ? style.client : style.server;
}

function findings({ diagnosis, notes: noted }: TraceSession, style: Palette): string {
  const lines = diagnosis.map((finding) => `${remark(finding, style)}\n`);
  return `${lines.length === 0 ? "           nothing to say\n" : lines.join("")}${notes(noted, style)}`;
}

function remark({ rule, severity, message, reference }: Finding, style: Palette): string {
  const colour = { error: style.bad, warning: style.warning, info: style.info }[severity];
  const words = message.replaceAll("\n", " ");
  return `           ${colour(`${severity}: ${rule}:`)} ${oneLine(words)} ${style.dim(`[${reference}]`)}`;
}

function notes(all: readonly TraceNote[], style: Palette): string {
  return all
    .map(
      ({ message, place }) =>
        `${style.dim(`note: ${oneLine(message)}${place === undefined ? "" : ` (${place})`}`)}\n`,
    )
    .join("");
}
