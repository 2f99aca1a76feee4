/**
 * Edgepost's own traces: the steps that `trace` and `traced` tell, as JSON, one a line or all in one array; and what
 * `edgepost send --trace` prints, milliseconds and `C:`, `S:` or `--` before each line.
 */
import type { Step } from "../engine.js";
import { decoded } from "./recording.js";
import type { Side } from "./recording.js";
import type { Line, Log, LogReader } from "./lines.js";

const LINE = /^(?: *(\d{1,15}) ms| {9,}) {2}(C:|S:|--) (.*)$/;
const CONTENT = /^\[([\d,]{1,20}) octets? of content(, cut off)?\]$/;
const FROM: readonly unknown[] = ["client", "server", "link"];
const KINDS: readonly unknown[] = [
  "greeting",
  "command",
  "reply",
  "auth",
  "content",
  "tls",
  "closed",
  "garbage",
];

export const edgepost: LogReader = {
  sender(text): Side | undefined {
    const who = LINE.exec(text)?.[2];
    if (who !== undefined) return who === "C:" ? "client" : who === "S:" ? "server" : undefined;
    const from = stepsOf(text)[0]?.from;
    return from === "link" ? undefined : from;
  },

  read(lines, log) {
    let at = 0;
    for (const line of lines) {
      const [, time, who, text = ""] = LINE.exec(line.text) ?? [];
      const steps = who === undefined ? stepsOf(line.text) : [];
      for (const step of steps) put(step, line.number, log);
      if (who !== undefined) {
        if (time === "0" && log.open() !== undefined && at > 0) log.end();
        if (time !== undefined) at = Number(time);
        shown(who, text, line, at, log);
      } else if (steps.length === 0) log.skip(line);
    }
  },
};

/** The steps that a line is, one of them or an array. */
function stepsOf(text: string): Step[] {
  const trimmed = text.trim().replace(/,$/, "");
  if (!/^[{[]/.test(trimmed) || !trimmed.includes('"kind"')) return [];
  let value: unknown;
  try {
    value = JSON.parse(decoded(trimmed));
  } catch {
    return [];
  }
  return (Array.isArray(value) ? value : [value]).filter(isStep);
}

function isStep(value: unknown): value is Step {
  if (typeof value !== "object" || value === null) return false;
  const { at, from, kind, text, octets, verb, code, enhanced } = value as Record<string, unknown>;
  return (
    Number.isFinite(at) &&
    FROM.includes(from) &&
    KINDS.includes(kind) &&
    typeof text === "string" &&
    Number.isSafeInteger(octets) &&
    (verb === undefined || typeof verb === "string") &&
    (code === undefined || Number.isSafeInteger(code)) &&
    (enhanced === undefined || typeof enhanced === "string")
  );
}

function put(step: Step, place: number, log: Log): void {
  const session = step.kind === "greeting" && log.open() !== undefined ? log.begin() : log.session();
  const { recorded } = session;
  recorded.resolution ??= Number.isInteger(step.at) ? 1 : 0.001;
  session.step(step, place);
}

function shown(who: string, text: string, { number }: Line, at: number, log: Log): void {
  const session = who === "S:" ? log.sessionOf(text) : log.session();
  session.recorded.resolution ??= 1;
  const content = CONTENT.exec(text);
  if (text === "closed by the client") session.closed("client", number, at);
  else if (text === "closed by the server") session.closed("server", number, at);
  else if (text === "connection lost") session.closed("link", number, at);
  else if (text === "secured by TLS") session.secured(number, at);
  else if (content !== null && who === "C:")
    session.content(
      { octets: Number(content[1]!.replaceAll(",", "")), cut: content[2] !== undefined },
      number,
      at,
    );
  else if (who !== "--") session.line(who === "C:" ? "client" : "server", text, number, at);
}
