// npm smtp-server as a server that accepts everything, reads it and forgets it.
import { SMTPServer } from "smtp-server";

let messages = 0;
let octets = 0;

export async function listen() {
  const server = new SMTPServer({
    name: "bench.example",
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    logger: false,
    maxClients: Infinity,
    onData(stream, session, done) {
      stream.on("data", (chunk) => (octets += chunk.length));
      stream.on("end", () => {
        messages += 1;
        done();
      });
    },
  });
  server.on("error", () => {}); // a client that goes away: smtp-source does at its end
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.server.address().port };
}

/** What came since the last call. */
export function count() {
  const counted = { messages, octets };
  messages = octets = 0;
  return counted;
}
