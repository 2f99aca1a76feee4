// What the measurements run on: the servers, the clients and the link, each started in its own process when it is first
// asked for, kept warm between the repeats, and all of them stopped at the end.
import * as postfix from "./peers/postfix.mjs";
import { start } from "./worker.mjs";

export const roundTrip = 50; // milliseconds over the link
const smallMessage = 100_000; // octets: enough that all code is loaded

const servers = {
  edgepost: "./peers/edgepost-server.mjs",
  "smtp-server": "./peers/smtp-server.mjs",
  postfix: "./peers/postfix-server.mjs",
};
const clients = { edgepost: "./peers/edgepost-client.mjs", nodemailer: "./peers/nodemailer.mjs" };
const streams = "./peers/streams.mjs";

/** `absent` names what is not there and why: Map("smtp-sink" => "..."). */
export function createStage({ absent }) {
  const running = [];
  const kept = new Map();
  const once = (key, make) => {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  };
  const process = async (module) => {
    const worker = await start(new URL(module, import.meta.url));
    running.push(worker);
    return worker;
  };

  const startServer = async (name) => {
    if (name === "smtp-sink") {
      const sink = await postfix.startSink();
      running.push(sink);
      return { port: sink.port };
    }
    const worker = await process(servers[name]);
    const { port } = await worker.call("listen");
    return { port, worker, counts: name !== "postfix" };
  };

  const stage = {
    has: (name) => !absent.has(name),
    server: (name) => once(`server ${name}`, () => startServer(name)),
    client: (name) => once(`client ${name}`, () => process(clients[name])),

    /** The port of a relay in front of the server. */
    link: (name) =>
      once(`link ${name}`, async () => {
        const { port } = await stage.server(name);
        const worker = await process("./link.mjs");
        return (await worker.call("listen", { target: port, roundTrip })).port;
      }),

    /** Lets a client deliver to a server, over the link or directly, and checks that all of it came; milliseconds. */
    async deliver(clientName, serverName, { link = false, ...job }) {
      const client = await stage.client(clientName);
      const { port, worker, counts } = await stage.server(serverName);
      if (counts) await worker.call("count");
      const elapsed = await client.call("deliver", {
        ...job,
        port: link ? await stage.link(serverName) : port,
      });
      const messages = job.messages + (job.before ?? 0);
      if (counts)
        expect(
          await worker.call("count"),
          { messages, octets: messages * job.octets },
          `${clientName} to ${serverName}`,
        );
      return elapsed;
    },

    /** Lets smtp-source send to a server and checks that all of it came; milliseconds. */
    async load(serverName, job) {
      const { port, worker, counts } = await stage.server(serverName);
      if (counts) await worker.call("count");
      const elapsed = await postfix.source({ ...job, port });
      if (counts)
        expect(await worker.call("count"), { messages: job.messages }, `smtp-source to ${serverName}`);
      return elapsed;
    },

    /**
     * Lets `who` send (`what` is "sendRaw" or "sendDraft") or read ("parse") a message of so many octets from a stream, in a
     * process that has done nothing else but the same with a small one; the octets of memory that it took, at its peak.
     */
    async memoryOf(who, what, octets) {
      const worker = await process(streams);
      const server = what === "parse" ? undefined : await stage.server("edgepost");
      const run = (octets) => worker.call(what, who, { port: server?.port, octets });
      return peak(worker, server?.worker, run, octets);
    },

    /** The same of a server that receives it. */
    async memoryOfServer(who, octets) {
      const [worker, client] = [await process(servers[who]), await process(streams)];
      const { port } = await worker.call("listen");
      const run = (octets) => client.call("sendRaw", "edgepost", { port, octets });
      const most = await peak(worker, worker, run, octets);
      await client.stop();
      return most;
    },

    async stop() {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
  return stage;
}

/** The memory of a process while something runs; `server` has counted what came of it, if that went to one. */
async function peak(worker, server, run, octets) {
  await run(smallMessage);
  await server?.call("count");
  await worker.watch();
  await run(octets);
  const most = await worker.watched();
  const { octets: came } = (await server?.call("count")) ?? { octets };
  if (came < octets) throw new Error(`${came} octets came of ${octets}`);
  await worker.stop();
  return most;
}

function expect(came, sent, who) {
  for (const [what, count] of Object.entries(sent)) {
    if (came[what] !== count) throw new Error(`${who}: ${came[what]} ${what} came of ${count}`);
  }
}
