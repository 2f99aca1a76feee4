/** The errors: one class a code, plain data for logs. */
import assert from "node:assert/strict";
import test from "node:test";

import * as edgepost from "edgepost";
import { ClosedError, loopback, serve, SmtpError } from "edgepost";

import { connect } from "edgepost";
import { rejection } from "./support.js";

test("there is one class for each code, and all are SmtpErrors", () => {
  const names = ["Reply", "Protocol", "Tls", "Timeout", "Closed", "Input", "Aborted"];
  for (const name of names) {
    const type = edgepost[`${name}Error` as keyof typeof edgepost] as typeof SmtpError;
    assert.ok(type.prototype instanceof SmtpError);
    assert.ok(type.prototype instanceof Error);
    assert.equal(type.prototype.name, `${name}Error`);
  }
});

test("an error is plain data in a log", async () => {
  const [client, server] = loopback();
  await server.close();
  const error = await rejection(connect(client, { tls: "off" }));
  assert.ok(error instanceof ClosedError);
  const { message, cause, ...rest } = JSON.parse(JSON.stringify(error)) as Record<string, unknown>;
  assert.deepEqual(rest, {
    name: "ClosedError",
    code: "closed",
    stage: "greeting",
    retryable: true,
    delivery: "none",
  });
  assert.match(String(message), /nothing was sent$/);
  assert.ok(cause === undefined || typeof cause === "string");
});

test("a transport that somebody else reads cannot be used", async () => {
  const [client, server] = loopback();
  client.readable.getReader();
  const error = await rejection(connect(client, { tls: "off" }));
  assert.equal((error as SmtpError).code, "input");
  server.readable.getReader();
  assert.equal(((await rejection(serve(server, {}))) as SmtpError).code, "input");
});
