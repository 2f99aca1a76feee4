// Sends a file by mail: node send.js FILE
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { connect, SmtpError } from "edgepost";
import { tcp } from "edgepost/node";

/** What mail programs exit with when it is worth trying again later (EX_TEMPFAIL). */
const TRY_LATER = 75;

const { SMTP_HOST, SMTP_PORT = "587", SMTP_USER, SMTP_PASS, SMTP_TLS, MAIL_FROM, MAIL_TO } = process.env;
const [file] = process.argv.slice(2);
if (file === undefined || !SMTP_HOST || !MAIL_FROM || !MAIL_TO) {
  console.error("usage: SMTP_HOST=... MAIL_FROM=... MAIL_TO=... node send.js FILE");
  process.exit(2);
}

try {
  const { size } = await stat(file);
  const smtp = await connect(tcp({ host: SMTP_HOST, port: Number(SMTP_PORT) }), {
    tls: SMTP_TLS ?? "required",
    ...(SMTP_USER && { auth: { user: SMTP_USER, pass: SMTP_PASS ?? "" } }),
    signal: AbortSignal.timeout(60_000),
  });
  try {
    const { accepted, refused, reply } = await smtp.send({
      from: MAIL_FROM,
      to: MAIL_TO.split(","),
      subject: `Report: ${basename(file)}`,
      text: `The report of ${new Date().toDateString()} is attached (${size} octets).`,
      // A stream: the file is read while it is sent, whatever its size.
      attachments: [{ filename: basename(file), content: Readable.toWeb(createReadStream(file)) }],
    });
    console.log(`accepted for ${accepted.join(", ")}: ${reply.code} ${reply.lines.join(" ")}`);
    for (const { recipient, reply } of refused)
      console.error(`refused for ${recipient}: ${reply.code} ${reply.lines.join(" ")}`);
    if (refused.length > 0) process.exitCode = 1;
  } finally {
    await smtp.close();
  }
} catch (error) {
  if (!(error instanceof SmtpError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  // "uncertain": all of it was sent and no answer came. To send it again may make it arrive twice.
  process.exitCode = error.retryable && error.delivery === "none" ? TRY_LATER : 1;
}
