/** Prints a session as it happens: when, who (`C:` client, `S:` server), what. */
import type { Step } from "edgepost";
import type { Writable } from "node:stream";
import { harmless, palette } from "./terminal.js";

const WHO = { client: "C:", server: "S:", link: "--" } as const;

/** A function for the `trace` of a session. Times are milliseconds since the first step. */
export function transcript(output: Writable): (step: Step) => void {
  const { dim, client, server, bad } = palette(output);
  let began: number | undefined;
  const colour = ({ from, kind, code = 0 }: Step): ((text: string) => string) => {
    if (kind === "garbage" || code >= 400) return bad;
    if (from === "link" || kind === "content") return dim;
    return from === "client" ? client : server;
  };
  return (step) => {
    began ??= step.at;
    const time = `${String(Math.round(step.at - began)).padStart(6)} ms`;
    const lines = (step.kind === "content" ? `[${step.text}]` : step.text).split("\n");
    const paint = colour(step);
    lines.forEach((line, index) => {
      const stamp = index === 0 ? time : " ".repeat(time.length);
      output.write(`${dim(stamp)}  ${paint(`${WHO[step.from]} ${harmless(line)}`)}\n`);
    });
  };
}
