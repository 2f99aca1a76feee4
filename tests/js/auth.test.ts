/** AUTH with every mechanism, our client and our server, from options to handlers. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { InputError, ReplyError, scramSecret } from "edgepost";
import type {
  ClientAuthOptions,
  Credentials,
  SecretQuestion,
  ServeOptions,
  ServerHandlers,
  Step,
} from "edgepost";

import { joined, rejection } from "./support.js";

interface Attempt {
  auth: ClientAuthOptions;
  handlers: ServerHandlers;
  server?: ServeOptions["auth"];
  trace?: (step: Step) => void;
}

/** One session over a pretended TLS; gives what the client asked for in AUTH. */
async function attempt({ auth, handlers, server = {}, trace }: Attempt): Promise<boolean> {
  const { smtp, served } = await joined({
    loopback: { tls: true },
    handlers,
    serve: { auth: server },
    connect: { tls: "required", auth, ...(trace && { trace }) },
  });
  const { authenticated } = smtp;
  await smtp.close();
  await served;
  return authenticated;
}

/** The mechanism that a client picks, seen by a trace. */
async function picked(options: Attempt): Promise<string | undefined> {
  const said: string[] = [];
  await attempt({
    ...options,
    trace: ({ verb, text, from }) => void (from === "client" && verb === "AUTH" && said.push(text)),
  });
  assert.equal(said.length, 1);
  return said[0]!.split(" ")[1];
}

// covers: RFC 7677 client server
// covers: RFC 5802 client server
for (const hash of ["SHA-256", "SHA-1"] as const)
  test(`SCRAM-${hash} with a password, and with what was made of one`, async () => {
    const asked: SecretQuestion[] = [];
    const secrets = [
      "päss word",
      await scramSecret("päss word", { hash, iterations: 4096 }),
      await scramSecret("pa\u0308ss\u00a0word", { hash }),
    ];
    for (const secret of secrets) {
      const onSecret = (question: SecretQuestion): typeof secret => {
        asked.push(question);
        return secret;
      };
      const mechanisms = [`SCRAM-${hash}`];
      const auth = { user: "änn, the=first", pass: "päss word" };
      assert.equal(await attempt({ auth, handlers: { onSecret }, server: { mechanisms } }), true);
    }
    assert.deepEqual(asked[0], { mechanism: `SCRAM-${hash}`, user: "änn, the=first" });
  });
