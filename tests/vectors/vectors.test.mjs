// Vectors of other projects (each with its source and licence beside it) against the package as users call it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { connect, loopback, parseAddress, ready, serve } from "edgepost";

const cases = (folder) =>
  readFileSync(new URL(`${folder}/cases.jsonl`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Where the RFC says otherwise than the vector, and why. */
const listed = new Map([
  [
    "isemail-66",
    "a general address literal by the grammar of RFC 5321 section 4.1.3; is_email knows no tag but IPv6",
  ],
  ["idn-email-13", "U+0085 is a control; RFC 6532 lets it in, and we keep controls out of addresses"],
]);

/** `undefined` where it is an address, else the reason why not. */
function refusal(text, options) {
  try {
    parseAddress(text, options);
    return undefined;
  } catch (error) {
    assert.equal(error.code, "input");
    assert.ok(error.position >= 0 && error.position <= new TextEncoder().encode(text).length, text);
    return error.message;
  }
}

before(() => ready());

// covers: RFC 5321 section 4.1.2 both
test("is_email's addresses, read as RFC 5321 mailboxes", () => {
  const valid = new Set(["ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN", "ISEMAIL_RFC5321"]);
  const wrong = cases("isemail").filter(({ id, input, category }) => {
    return !listed.has(id) && (refusal(input) === undefined) !== valid.has(category);
  });
  assert.deepEqual(
    wrong.map(({ id, input, diagnosis }) => ({ id, input, diagnosis })),
    [],
  );
});

test("the addresses of the JSON Schema test suite", () => {
  const wrong = cases("json-schema").filter(({ id, input, format, valid }) => {
    const utf8 = format === "idn-email";
    return !listed.has(id) && typeof input === "string" && (refusal(input, { utf8 }) === undefined) !== valid;
  });
  assert.deepEqual(
    wrong.map(({ id, input, valid }) => ({ id, input, valid })),
    [],
  );
});

/** Sends `raw` after DATA to a server that is written here, and gives what it got on the wire. */
async function onTheWire(raw, options) {
  const [ours, theirs] = loopback();
  const got = [];
  const server = serve(
    theirs,
    {
      async onMessage(content) {
        for await (const chunk of content) got.push(chunk);
      },
    },
    { disable: options.chunking ? [] : ["CHUNKING"] },
  );
  const smtp = await connect(ours, { tls: "off" });
  await smtp.send({ envelope: { from: "a@a.example", to: ["b@b.example"] }, raw });
  await smtp.close();
  await server;
  return Buffer.concat(got).toString("latin1");
}

// covers: RFC 5321 section 4.5.2 client
for (const chunking of [true, false])
  test(`no end of data but the right one leaves the client (${chunking ? "BDAT" : "DATA"})`, async () => {
    for (const { seq } of cases("smuggling")) {
      const raw = `Subject: x\r\n\r\nbefore${seq}MAIL FROM:<evil@a.example>\r\nafter\r\n`;
      const got = await onTheWire(raw, { chunking });
      assert.doesNotMatch(got, /(^|[^\r])\n|\r(?!\n)/, `bare CR or LF from ${JSON.stringify(seq)}`);
      assert.match(got, /after\r\n$/, JSON.stringify(seq));
    }
  });

// covers: RFC 5321 section 4.5.2 server
test("no end of data but the right one ends a message at the server, whole and cut at every octet", async () => {
  for (const { seq } of cases("smuggling")) {
    const message = Buffer.from(`x\r\n\r\nbefore${seq}QUIT\r\nafter\r\n.\r\n`, "latin1");
    for (let cut = 0; cut <= message.length; cut++) {
      const [ours, theirs] = loopback();
      const messages = [];
      const server = serve(theirs, {
        async onMessage(content) {
          messages.push(await new Response(content).text());
        },
      });
      const writer = ours.writable.getWriter();
      void writer.write(Buffer.from("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n"));
      void writer.write(message.subarray(0, cut));
      void writer.write(message.subarray(cut));
      void writer.write(Buffer.from("QUIT\r\n"));
      const reader = ours.readable.getReader();
      while (!(await reader.read()).done);
      await server;
      assert.equal(messages.length, 1, `${JSON.stringify(seq)} cut at ${cut}`);
      assert.match(messages[0], /after\r\n$/);
      await ours.close();
    }
  }
});
