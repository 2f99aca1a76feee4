/** npm's smtp-server, of the family of nodemailer, in this process. */

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { SMTPServer, type SMTPServerOptions } from "smtp-server";

import type { Certificates } from "../../support/certificates.js";
import { temporary } from "../../support/temporary.js";
import type { Server } from "./launch.js";
import { type Delivered, Mailbox } from "./mailbox.js";

/** With STARTTLS, and AUTH also in the clear; with implicit TLS; LMTP; behind a PROXY header. */
export type Port = "starttls" | "implicit" | "lmtp" | "proxy";

/** Starts smtp-server, with the same user and recipients as Postfix here. */
export async function startSmtpServer({ good }: Certificates): Promise<Server<Port>> {
  const dir = await temporary();
  const mail = join(dir.path, "mail");
  await mkdir(mail);
  let count = 0;
  let logged = "";

  const refusal = (responseCode: number, text: string): Error =>
    Object.assign(new Error(text), { responseCode });
  const options: SMTPServerOptions = {
    name: "smtp-server.test",
    size: 52_428_800,
    key: good.key,
    cert: good.cert,
    authOptional: true,
    allowInsecureAuth: true,
    authMethods: ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"],
    hidePIPELINING: false,
    hideDSN: false,
    hideENHANCEDSTATUSCODES: false,
    hideREQUIRETLS: false,
    useXClient: true,
    useXForward: true,
    closeTimeout: 1_000,
    onAuth(auth, _, done) {
      const valid =
        auth.method === "CRAM-MD5"
          ? auth.validatePassword("secret")
          : auth.method === "XOAUTH2"
            ? auth.accessToken === "secret"
            : auth.password === "secret";
      if (auth.username === "user" && valid) done(null, { user: "user" });
      else done(refusal(535, "Invalid user or password"));
    },
    onRcptTo({ address }, _, done) {
      const [, user] = /^(.*)@example\.test$/i.exec(address) ?? [];
      if (user === undefined || ["bob", "alice", "jörg"].includes(user)) done();
      else done(refusal(550, "User unknown"));
    },
    onData(stream, { envelope, remoteAddress, xClient, xForward }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = envelope;
        const about = {
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          parameters: mailFrom === false ? [] : Object.keys(mailFrom.args || {}),
          envelope,
          client: { remoteAddress, xClient: [...xClient], xForward: [...xForward] },
        };
        const name = `${++count}`;
        const file = join(mail, `.${name}`);
        writeFile(file, Buffer.concat([Buffer.from(`${JSON.stringify(about)}\n`), ...chunks]))
          .then(() => rename(file, join(mail, name)))
          .then(() => done(null, `queued as ${name}`), done);
      });
    },
  };

  const servers: SMTPServer[] = [];
  const listen = async (extra: SMTPServerOptions): Promise<number> => {
    const server = new SMTPServer({ ...options, ...extra });
    // A client that went away is an error event, too.
    server.on("error", (error) => void (logged += `${error.message}\n`));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.server.address() as { port: number }).port;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(resolve))));
    await dir.remove();
  };
  const port = {
    starttls: await listen({}),
    implicit: await listen({ secure: true }),
    lmtp: await listen({ lmtp: true }),
    proxy: await listen({ useProxy: true }),
  };
  return { port, mailbox: new Mailbox(mail, read), log: () => logged, stop, [Symbol.asyncDispose]: stop };
}

function read(file: Buffer): Delivered {
  const end = file.indexOf("\n");
  const envelope = JSON.parse(file.toString("utf8", 0, end)) as Omit<Delivered, "content">;
  return { ...envelope, content: file.subarray(end + 1) };
}
