/** Our client delivers to Postfix. */

import assert from "node:assert/strict";
import { inspect } from "node:util";

import { ReplyError, TlsError } from "edgepost";

import { clientSuite } from "./client-suite.js";
import { message, sender } from "./messages.js";
import { startPostfix } from "./servers/postfix.js";

await clientSuite("postfix", startPostfix, {
  chunking: true,
  also({ server, dial, session, arrived }) {
    session("ETRN", async (witness) => {
      await using smtp = await dial(server().port.plain, { tls: "off" }, witness);
      assert.equal((await smtp.etrn("example.test")).code, 250);
    });

    session("XCLIENT: Postfix believes for whom we speak", async (witness) => {
      const from = sender();
      const raw = message("for somebody else", "hello\r\n");
      const xclient = { NAME: "client.example", ADDR: "192.0.2.7", HELO: "helo.example" };
      await using smtp = await dial(server().port.starttls, { tls: "required", xclient }, witness);
      const { queueId } = await smtp.send({ envelope: { from, to: "bob@example.test" }, raw });
      await arrived(from, ["bob@example.test"], raw);
      assert.ok(server().log().includes(`${queueId}: client=client.example[192.0.2.7]`));
    });

    for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"]) {
      session(`AUTH ${mechanism} with a wrong password`, async (witness) => {
        const auth = { user: "user", pass: "open sesame", mechanisms: [mechanism] };
        const error: unknown = await dial(
          server().port.submissions,
          { tls: "implicit", auth },
          witness,
        ).catch((error: unknown) => error);
        assert.ok(error instanceof ReplyError, inspect(error));
        assert.deepEqual([error.stage, error.reply?.code, error.delivery], ["auth", 535, "none"]);
        assert.doesNotMatch(witness.transcript, /^S: 334 dj/m);
      });
    }

    for (const mechanism of ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"]) {
      session(`AUTH ${mechanism}: Postfix knows who it is`, async (witness) => {
        const from = sender();
        const raw = message("authenticated", "hello\r\n");
        const auth = { user: "user", pass: "secret", mechanisms: [mechanism] };
        await using smtp = await dial(server().port.submissions, { tls: "implicit", auth }, witness);
        const receipt = await smtp.send({ envelope: { from, to: "bob@example.test" }, raw });
        await arrived(from, ["bob@example.test"], raw);
        assert.ok(receipt.queueId !== undefined && receipt.queueId.length > 5);
        const logged = server().log().split("\n");
        assert.ok(
          logged.some(
            (line) =>
              line.includes(`${receipt.queueId}: client=`) &&
              line.includes(`sasl_method=${mechanism}, sasl_username=user@`),
          ),
        );
      });
    }

    for (const port of ["expiredImplicit", "wrongNameImplicit", "unknownCaImplicit"] as const) {
      session(`implicit TLS with a certificate that does not verify (${port})`, async (witness) => {
        const auth = { user: "user", pass: "secret" };
        await assert.rejects(dial(server().port[port], { tls: "implicit", auth }, witness), TlsError);
        assert.equal(witness.transcript, "");
      });
    }
  },
});
