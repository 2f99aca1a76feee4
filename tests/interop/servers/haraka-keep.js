// A plugin for Haraka: it knows some recipients of example.test, and keeps a message, behind a line of JSON with its envelope.
"use strict";
const { createWriteStream, renameSync } = require("node:fs");
const { resolve } = require("node:path");

const mail = resolve(__dirname, "../mail");
const known = new Set(["bob", "alice", "jörg"]);

exports.hook_rcpt = function (next, connection, [rcpt]) {
  if (rcpt.host !== "example.test") connection.relaying = true;
  if (rcpt.host !== "example.test" || known.has(rcpt.user)) next(OK);
  else next(DENY, "User unknown");
};

exports.hook_queue = function (next, { transaction }) {
  const { uuid, message_stream, mail_from, rcpt_to } = transaction;
  const file = createWriteStream(`${mail}/.${uuid}`);
  file.once("close", () => {
    renameSync(`${mail}/.${uuid}`, `${mail}/${uuid}`);
    next(OK);
  });
  file.write(`${JSON.stringify({ from: mail_from.address, to: rcpt_to.map((to) => to.address) })}\n`);
  message_stream.pipe(file);
};

// For clients that have authenticated. Mail that is not for example.test goes on.
exports.hook_queue_outbound = function (next, connection) {
  if (connection.transaction.rcpt_to.every(({ host }) => host === "example.test"))
    exports.hook_queue(next, connection);
  else next();
};
