/** What the live view sends, and where to, as links and drafts carry it; never a password. */
import type { Slice } from "../../store.js";

export interface LiveState {
  /** The bridge; empty: the one beside this page. */
  readonly bridge: string;
  readonly host: string;
  readonly port: number;
  /** Whether the bridge makes TLS with the server. */
  readonly tls: boolean;
  readonly user: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const LONGEST = 100_000;

export const slice: Slice<LiveState> = {
  id: "live",
  initial: {
    bridge: "",
    host: "",
    port: 0,
    tls: false,
    user: "",
    from: "ann@client.example",
    to: "bob@mx.example",
    subject: "Lunch?",
    text: "Noon, the usual place.\n",
  },
  read(value) {
    const given = (value ?? {}) as Record<string, unknown>;
    const { port, tls } = given;
    const texts = ["bridge", "host", "user", "from", "to", "subject", "text"] as const;
    if (!texts.every((name) => typeof given[name] === "string" && (given[name] as string).length <= LONGEST))
      return undefined;
    if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65_535) return undefined;
    const read = Object.fromEntries(texts.map((name) => [name, given[name]]));
    return { ...read, port, tls: tls === true } as LiveState;
  },
};
