/** Real SMTP clients, each told to deliver one message. */

import { writeFile } from "node:fs/promises";
import { createTransport } from "nodemailer";

import { run } from "../support/process.js";
import { temporary } from "../support/temporary.js";
import { program } from "./software.js";

/** What to send, and how. */
export interface Order {
  port: number;
  tls: "off" | "starttls" | "implicit";
  auth?: { user: string; pass: string; mechanism: "PLAIN" | "LOGIN" };
  from: string;
  to: string[];
  /** With CRLF line ends. */
  content: Buffer;
  /** The test CA: the PEM text, and its file. */
  ca: string;
  caFile: string;
}

/** Whether the client is content, and what it said. */
export interface Result {
  ok: boolean;
  log: string;
}

/** The clients that do all of {@link Order}. */
export const clients: Record<"swaks" | "curl" | "smtplib" | "nodemailer", (order: Order) => Promise<Result>> =
  {
    async swaks({ port, tls, auth, from, to, content, caFile }) {
      await using dir = await temporary();
      const file = `${dir.path}/message`;
      await writeFile(file, content.subarray(0, -2)); // it adds a CRLF of its own
      const args = ["--server", "localhost", "--port", `${port}`, "--ehlo", "client.test", "--timeout", "20"];
      args.push("--from", from, "--to", to.join(","), "--data", `@${file}`);
      if (tls !== "off")
        args.push(tls === "implicit" ? "--tls-on-connect" : "--tls", "--tls-verify", "--tls-ca-path", caFile);
      if (auth) args.push("--auth", auth.mechanism, "--auth-user", auth.user, "--auth-password", auth.pass);
      return result(await run("swaks", args));
    },

    async curl({ port, tls, auth, from, to, content, caFile }) {
      const args = [
        "-q",
        "--silent",
        "--show-error",
        "--verbose",
        "--noproxy",
        "*",
        "--max-time",
        "20",
        "--cacert",
        caFile,
      ];
      args.push(
        "--mail-from",
        from,
        ...to.flatMap((recipient) => ["--mail-rcpt", recipient]),
        "--mail-rcpt-allowfails",
      );
      args.push("--upload-file", "-");
      if (tls === "starttls") args.push("--ssl-reqd");
      if (auth) args.push("--user", `${auth.user}:${auth.pass}`, "--login-options", `AUTH=${auth.mechanism}`);
      args.push(`${tls === "implicit" ? "smtps" : "smtp"}://localhost:${port}/client.test`);
      return result(await run("curl", args, { input: content }));
    },

    async smtplib({ content, ca: _, caFile, ...order }) {
      const script = new URL("smtplib-client.py", import.meta.url).pathname;
      return result(
        await run("python3", [script, JSON.stringify({ ...order, ca: caFile })], { input: content }),
      );
    },

    async nodemailer({ port, tls, auth, from, to, content, ca }) {
      let log = "";
      const say = (_: unknown, ...words: unknown[]): void => void (log += `${words.join(" ")}\n`);
      const transport = createTransport({
        host: "localhost",
        port,
        name: "client.test",
        secure: tls === "implicit",
        requireTLS: tls === "starttls",
        ignoreTLS: tls === "off",
        tls: { ca },
        ...(auth && { auth: { user: auth.user, pass: auth.pass }, authMethod: auth.mechanism }),
        debug: true,
        logger: { level() {}, trace: say, debug: say, info: say, warn: say, error: say, fatal: say },
      });
      try {
        await transport.sendMail({ envelope: { from, to }, raw: content });
        return { ok: true, log };
      } catch (error) {
        return { ok: false, log: `${log}${String(error)}\n` };
      } finally {
        transport.close();
      }
    },
  };

/**
 * Postfix's load generator: `messages` from `sessions` connections at once. It knows neither TLS nor AUTH, and adds an
 * empty line to the content.
 */
export async function smtpSource(
  order: Pick<Order, "port" | "from" | "content"> & { to: string; sessions: number; messages: number },
): Promise<Result> {
  await using dir = await temporary();
  const file = `${dir.path}/message`;
  await writeFile(file, order.content.toString("latin1").replaceAll("\r\n", "\n"), "latin1"); // it makes CRLF of LF
  const args = ["-4", "-s", `${order.sessions}`, "-m", `${order.messages}`, "-M", "client.test", "-F", file];
  return result(
    await run(
      program("smtp-source")!,
      [...args, "-f", order.from, "-t", order.to, `127.0.0.1:${order.port}`],
      { limit: 60_000 },
    ),
  );
}

function result({ code, log }: { code: number | null; log: string }): Result {
  return { ok: code === 0, log };
}
