/** Answers that are sessions: run by the engine on the other side, and looked at by what came of them. No DOM. */
import { play } from "../play.js";
import { session } from "../plan.js";
import type { Plan, SessionPlan } from "../plan.js";
import type { Line, SessionRecord } from "../recording.js";
import { right, wrong } from "./exercise.js";
import type { Place, Verdict } from "./exercise.js";
import { isSame, lineAt } from "./reading.js";
import type { Complaint } from "./reading.js";

type But = Parameters<typeof session>[0];

/** What a person types as a client, in turns: each command by itself, what is content together with its end. */
export function clientTurns(text: string): string[] {
  const lines = text.replace(/\n+$/, "").split("\n");
  const turns: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at++]!;
    turns.push(line);
    const chunk = /^BDAT (\d+)/i.exec(line);
    if (/^DATA\s*$/i.test(line)) {
      const end = lines.indexOf(".", at);
      const after = end === -1 ? lines.length : end + 1;
      if (after > at) turns.push(lines.slice(at, after).join("\n"));
      at = after;
    } else if (chunk !== null) {
      // The chunk goes with its command: as many lines as have begun before its last octet.
      for (let left = Number(chunk[1]); left > 0 && at < lines.length; at++) {
        turns.push(`${turns.pop()}\n${lines[at]}`);
        left -= new TextEncoder().encode(lines[at]).length + 2;
      }
    }
  }
  return turns;
}

/** What a person types as a server, in turns: the lines of a reply together. */
export function serverTurns(text: string): string[] {
  const turns: string[] = [];
  let more = false;
  for (const line of text.replace(/\n+$/, "").split("\n")) {
    if (more) turns.push(`${turns.pop()}\n${line}`);
    else turns.push(line);
    more = /^\d{3}-/.test(line);
  }
  return turns;
}

export function byClient(text: string, but: But = {}): SessionPlan {
  return session({ ...but, client: { ...but?.client, byHand: clientTurns(text) } });
}

export function byServer(text: string, but: But = {}): SessionPlan {
  return session({ ...but, server: { ...but?.server, byHand: serverTurns(text) } });
}

export function course(...sessions: readonly SessionPlan[]): Plan {
  return { sessions };
}

export async function recordOf(plan: SessionPlan): Promise<SessionRecord> {
  return (await play(course(plan))).sessions[0]!;
}

/** Judges a session by hand: what the other side did not take comes first, unless that is what is wanted. */
export async function ofClient(
  text: string,
  plan: SessionPlan,
  complain: (record: SessionRecord) => Complaint,
  praise: string,
  allowed: (refusal: Line) => boolean = () => false,
): Promise<Verdict> {
  const record = await recordOf(plan);
  const refused = record.lines.findIndex(
    (line) => line.from === "server" && (line.code ?? 0) >= 400 && !allowed(line),
  );
  const complaint = complain(record);
  if (refused === -1)
    return complaint === undefined ? right(praise, { record }) : wrong(complaint, { record });
  const { text: reply } = record.lines[refused]!;
  const asked = record.lines
    .slice(0, refused)
    .filter(({ from }) => from === "client")
    .at(-1);
  const at = asked === undefined ? undefined : placeIn(text, asked.text.split("\n")[0]!);
  const to = asked?.kind === "command" ? ` to "${asked.text}"` : "";
  return wrong(`The server answers "${reply}"${to}.${complaint === undefined ? "" : ` ${complaint}`}`, {
    record,
    ...(at !== undefined && { at }),
  });
}

/** The last line that is this. */
function placeIn(text: string, line: string): Place | undefined {
  const number = text.split("\n").lastIndexOf(line) + 1;
  return number === 0 || line === "" ? undefined : lineAt(text, number);
}

/** Judges a session of the engines, or one in which a person answers as the server. */
export async function ofSession(
  plan: SessionPlan,
  complain: (record: SessionRecord) => Complaint,
  praise: string,
): Promise<Verdict> {
  const record = await recordOf(plan);
  const complaint = complain(record);
  return complaint === undefined ? right(praise, { record }) : wrong(complaint, { record });
}

/** The first command of a kind that the client has said. */
export function said({ lines }: SessionRecord, verb: string): Line | undefined {
  return lines.find((line) => line.from === "client" && line.verb === verb);
}

/** What the server answered to the commands of a kind. */
export function codesTo({ lines }: SessionRecord, verb: string): number[] {
  return lines.flatMap((line) =>
    line.from === "server" && line.code !== undefined && line.verb === verb ? [line.code] : [],
  );
}

/** A message that the server has, without the line that the server has put before it. */
export function contentOf(record: SessionRecord, index = 0): string {
  const { content } = record.received[index] ?? { content: new Uint8Array() };
  const text = new TextDecoder().decode(content);
  return text.replace(/^Received:.*?\r\n(?![ \t])/s, "");
}

/** Whether a message has come for exactly these. */
export function cameFor(record: SessionRecord, recipients: readonly string[], index = 0): Complaint {
  const message = record.received[index];
  if (message === undefined) return "The server has not received a message.";
  const missing = recipients.find((recipient) => !message.to.some((to) => isSame(to, recipient)));
  if (missing !== undefined) return `The message came, but not for ${missing}.`;
  const other = message.to.find((to) => !recipients.some((recipient) => isSame(to, recipient)));
  return other === undefined ? undefined : `The message came for ${other}, too.`;
}
