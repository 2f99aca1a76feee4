/** What `msmtp --debug` prints: `--> ` and `<-- ` before what is sent and received, and its settings before all. */
import { decoded } from "./recording.js";
import type { Side } from "./recording.js";
import type { LogReader } from "./lines.js";

const LINE = /^(-->|<--)(?: ([^]*))?$/;

export const msmtp: LogReader = {
  sender(text): Side | undefined {
    const arrow = LINE.exec(text)?.[1];
    return arrow === undefined ? undefined : arrow === "-->" ? "client" : "server";
  },

  read(lines, log) {
    let host = "";
    for (const line of lines) {
      const [, arrow, text = ""] = LINE.exec(line.text) ?? [];
      const setting = /^(host|port) = (.+)$/.exec(line.text);
      if (arrow === "-->") log.session().line("client", text, line.number);
      else if (arrow !== undefined) log.sessionOf(text).line("server", text, line.number);
      else if (setting?.[1] === "host") host = decoded(setting[2]!);
      else if (setting !== null) log.begin().recorded.server = { address: host, port: Number(setting[2]) };
      else if (/^TLS session parameters/.test(line.text)) log.open()?.secured(line.number);
      else log.skip(line);
    }
  },
};
