/** The suite's peer: real servers, and scripted ones for faults, that tell over HTTP what they have got. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTcp } from "node:net";
import { createServer as createTls, TLSSocket } from "node:tls";
import { connect, Refuse, serve } from "edgepost";
import { startBridge } from "edgepost/bridge";
import type { RunningBridge } from "edgepost/bridge";
import type { ServeOptions, ServerHandlers } from "edgepost";
import { listen, tcp } from "edgepost/node";
import type { Certificates } from "../support/certificates.js";

/** What a peer is to be. */
interface Wanted {
  /** `sink` takes everything, `slow` rests in the middle, `scripted` is no server of ours, `nobody` is a closed port. */
  readonly kind: "sink" | "slow" | "scripted" | "nobody";
  /** A scripted one wants a certificate from its client then, of the test CA, and tells whose it got. */
  readonly tls?: "starttls" | "implicit";
  readonly certificate?: "good" | "unknownCa" | "wrongName";
  readonly auth?: { readonly user: string; readonly pass: string };
  readonly silentAt?: "greeting" | "MAIL";
  readonly dieAt?: "content" | "end";
}

interface Peer {
  readonly port: number;
  readonly connected: Promise<void>;
  readonly rested?: Promise<void>;
  resume?(): void;
  /** When its connections are over. */
  ended(): Promise<void>;
  seen(): object;
  close(): Promise<void>;
}

/** The peer's control. */
export interface Control extends AsyncDisposable {
  readonly url: string;
}

/** Where every peer is. */
const HOST = "127.0.0.1";
/** How long a slow peer rests: milliseconds. */
const REST = 500;
/** Content that a dying peer takes. */
const DIES_BEHIND = 1024 * 1024;

export async function startControl(certificates: Certificates): Promise<Control> {
  const peers: Peer[] = [];
  const bridges: RunningBridge[] = [];
  const answer = async (what: string, body: Record<string, unknown>, origin?: string): Promise<object> => {
    if (what === "bridge") {
      const bridge = await bridgeTo(body as { host: string; port: number }, origin!, certificates.ca);
      bridges.push(bridge);
      return { url: bridge.url };
    }
    if (what === "send") return send(body as { port: number; tls: Tls }, certificates.ca);
    if (what === "open") {
      const peer = await open(body as unknown as Wanted, certificates);
      return { id: peers.push(peer) - 1, port: peer.port };
    }
    const peer = peers[body["id"] as number];
    if (peer === undefined) throw new Error("there is no such peer");
    if (what === "ended") await peer.ended();
    else if (what === "connected") await peer.connected;
    else if (what === "rested") await peer.rested;
    else if (what === "resume") peer.resume!();
    return peer.seen();
  };
  const server = createServer((request, response) => {
    void (async () => {
      let body = "";
      for await (const text of request.setEncoding("utf8")) body += text;
      // A page asks from elsewhere.
      const { origin } = request.headers;
      response.setHeader("access-control-allow-origin", "*");
      try {
        const told = await answer(request.url!.slice(1), JSON.parse(body || "{}"), origin);
        response.setHeader("content-type", "application/json").end(JSON.stringify(told));
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    })();
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await Promise.all(peers.map((peer) => peer.close()));
      await Promise.all(bridges.map((bridge) => bridge.close()));
    },
  };
}

/** The way to a server for pages of an origin. */
function bridgeTo(to: { host: string; port: number }, origin: string, ca: string): Promise<RunningBridge> {
  return startBridge({ allow: [to], origins: [origin], ca });
}

function open(wanted: Wanted, certificates: Certificates): Promise<Peer> {
  if (wanted.kind === "nobody") return nobody();
  return wanted.kind === "scripted" ? scripted(wanted, certificates) : real(wanted, certificates);
}

/** A server of this package's, on Node. */
async function real(wanted: Wanted, certificates: Certificates): Promise<Peer> {
  const { kind, tls, certificate = "good", auth } = wanted;
  const messages: object[] = [];
  const sessions: Promise<void>[] = [];
  let connections = 0;
  let logins = 0;
  const [connected, connect] = signal();
  const [rested, rest] = signal();
  const [resumed, resume] = signal();
  const handlers: ServerHandlers = {
    ...(auth && {
      onAuth({ user, pass }: { user?: string; pass?: string }) {
        logins++;
        if (user !== auth.user || pass !== auth.pass) throw new Refuse({ code: 535, text: "wrong password" });
      },
    }),
    onRcpt(to) {
      if (to.startsWith("refused")) throw new Refuse({ code: 550, enhanced: "5.1.1", text: "no such user" });
    },
    async onMessage(content, envelope, session) {
      const hash = createHash("sha256");
      let octets = 0;
      for await (const bytes of content) {
        hash.update(bytes);
        if (octets === 0 && kind === "slow") {
          setTimeout(rest, REST);
          await resumed;
        }
        octets += bytes.length;
      }
      const { user, secure } = session;
      messages.push({
        from: envelope.from,
        to: envelope.to,
        octets,
        sha256: hash.digest("hex"),
        user,
        secure,
      });
    },
  };
  const options: ServeOptions = { name: "peer.test", size: 0, ...(auth && { auth: {} }) };
  const { cert, key } = certificates[certificate];
  const listener = listen({
    port: 0,
    host: HOST,
    ...(tls && { tls: { cert, key, implicit: tls === "implicit" } }),
  });
  void (async () => {
    for await (const transport of listener) {
      connections++;
      connect();
      sessions.push(serve(transport, handlers, options));
    }
  })();
  await listener.ready;
  return {
    port: listener.port,
    connected,
    rested,
    resume,
    ended: async () => void (await Promise.all(sessions)),
    seen: () => ({ messages, connections, logins }),
    close: () => listener.close(),
  };
}

/** A server that offers nothing, says what it has to by hand, and does wrong where it is told to. */
async function scripted({ tls, silentAt, dieAt }: Wanted, { ca, good }: Certificates): Promise<Peer> {
  let received = "";
  let octets = 0;
  const sockets: Socket[] = [];
  const shown: string[] = [];
  const [connected, connect] = signal();
  const secured = { cert: good.cert, key: good.key, ca, requestCert: true, rejectUnauthorized: true };
  const secure = (socket: TLSSocket): void => {
    shown.push(String(socket.getPeerCertificate().subject?.CN));
    converse(socket, tls === "starttls");
  };
  const accept = (socket: Socket): void => {
    sockets.push(socket);
    connect();
    socket.on("error", () => {});
    if (tls === "implicit") return secure(socket as TLSSocket);
    converse(socket, false);
  };
  const converse = (socket: Socket, upgraded: boolean): void => {
    if (silentAt !== "greeting" && !upgraded) socket.write("220 peer.test\r\n");
    let inContent = false;
    let line = "";
    const hear = (text: string): unknown => {
      octets += text.length;
      if (octets <= DIES_BEHIND) received += text;
      if (inContent && dieAt === "content" && octets > DIES_BEHIND) return socket.resetAndDestroy();
      const lines = (line + text).split("\r\n");
      line = lines.pop()!;
      for (const said of lines) {
        if (inContent) {
          if (said !== ".") continue;
          inContent = false;
          if (dieAt === "end") return socket.destroy();
          socket.write("250 2.0.0 taken\r\n");
          continue;
        }
        const verb = said.split(" ")[0]!;
        if (verb === silentAt) continue;
        if (verb === "STARTTLS") {
          socket.off("data", hear).pause();
          socket.write("220 2.0.0 go ahead\r\n");
          const over = new TLSSocket(socket, { isServer: true, ...secured });
          over.on("error", () => socket.destroy()).once("secure", () => secure(over));
          return undefined;
        }
        if (verb === "EHLO" && tls === "starttls" && !upgraded) {
          socket.write("250-peer.test\r\n250 STARTTLS\r\n");
          continue;
        }
        inContent = verb === "DATA";
        socket.write(inContent ? "354 go on\r\n" : verb === "QUIT" ? "221 bye\r\n" : "250 peer.test\r\n");
        if (verb === "QUIT") socket.end();
      }
      return undefined;
    };
    // Octets, as a socket that TLS goes over must not have an encoding.
    socket.on("data", (bytes) => hear(bytes.toString("latin1")));
  };
  const server = tls === "implicit" ? createTls(secured, accept) : createTcp(accept);
  server.on("tlsClientError", () => {});
  server.listen(0, HOST);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connected,
    ended: async () =>
      void (await Promise.all(sockets.map((socket) => socket.closed || once(socket, "close")))),
    seen: () => ({ received, shown, messages: [], connections: sockets.length, logins: 0 }),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A port that was open until now. */
async function nobody(): Promise<Peer> {
  const server = createTcp().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const over = Promise.resolve();
  return { port, connected: over, ended: () => over, seen: () => ({}), close: () => over };
}

type Tls = "off" | "starttls" | "implicit";

/** Sends three messages to a server in the runtime, one of them large. */
async function send({ port, tls }: { port: number; tls: Tls }, ca: string): Promise<object> {
  const large = "a line of no meaning\r\n".repeat(200_000);
  const raws = ["Subject: one\r\n\r\nOne.\r\n", `Subject: two\r\n\r\n${large}`, "\r\n.\r\n..\r\n"];
  const smtp = await connect(tcp({ host: "localhost", port, tls: { ca } }), {
    name: "peer.test",
    tls: tls === "starttls" ? "required" : tls,
  });
  const envelope = { from: "ann@peer.test", to: ["bob@runtime.test"] };
  const sent: object[] = [];
  for await (const result of smtp.sendMany(raws.map((raw) => ({ envelope, raw })))) {
    if (!result.ok) throw result.error;
    const raw = raws[sent.length]!;
    sent.push({ octets: raw.length, sha256: createHash("sha256").update(raw).digest("hex") });
  }
  const { secure } = smtp;
  await smtp.close();
  return { sent, secure };
}

function signal(): [Promise<void>, () => void] {
  let fire!: () => void;
  const fired = new Promise<void>((resolve) => (fire = resolve));
  return [fired, fire];
}
