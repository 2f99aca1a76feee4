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

// covers: RFC 5322 section 4.4 both
test("is_email's addresses, read as RFC 5322 addr-specs", () => {
  const wrong = cases("isemail").filter(({ input, category }) => {
    return (refusal(input, { obsolete: true }) === undefined) !== (category !== "ISEMAIL_ERR");
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

/** A session with a server that has one mechanism, knows the vector's answers, and gives what the client says in AUTH. */
async function saidInAuth(vector, challenges) {
  const [ours, theirs] = loopback();
  const host = vector.host ?? "mx.example";
  const { mech: mechanism, user, password: pass, token, port = 587 } = vector;
  const authzid = vector.authzid === "" ? undefined : vector.authzid;
  const target = { host, port, open: async () => ours };
  const auth = { user, mechanisms: [mechanism] };
  Object.assign(auth, token === undefined ? { pass } : { token }, authzid !== undefined && { authzid });
  const session = connect(target, { tls: "off", auth });
  const [reader, writer] = [theirs.readable.getReader(), theirs.writable.getWriter()];
  const say = (line) => void writer.write(Buffer.from(`${line}\r\n`)).catch(() => {});
  const lines = [];
  let text = "";
  const hear = async () => {
    while (!text.includes("\r\n")) text += Buffer.from((await reader.read()).value).toString("latin1");
    const line = text.slice(0, text.indexOf("\r\n"));
    text = text.slice(line.length + 2);
    return line;
  };
  say("220 mx.example ESMTP");
  await hear();
  say("250-mx.example");
  say(`250 AUTH ${mechanism}`);
  const [, named, initial] = (await hear()).split(" ");
  assert.equal(named, mechanism);
  if (initial !== undefined) lines.push(initial);
  for (const challenge of challenges) {
    say(`334 ${challenge}`);
    lines.push(await hear());
  }
  say("235 ok");
  const smtp = await session;
  assert.equal(smtp.authenticated, true);
  const closing = smtp.close();
  await hear();
  say("221 bye");
  await writer.close();
  await closing;
  return lines;
}

// covers: RFC 2195 client
// covers: RFC 4616 client
// covers: RFC 5802 client
// covers: RFC 7628 client
// covers: RFC 7677 client
// covers: LOGIN client
// covers: XOAUTH2 client
for (const vector of cases("sasl"))
  test(`what a client says in AUTH: ${vector.id}`, async (t) => {
    const base64 = (text) => Buffer.from(text).toString("base64");
    const { steps, client_nonce: nonce } = vector;
    if (steps !== undefined) {
      t.mock.method(globalThis.crypto, "getRandomValues", () => new Uint8Array(Buffer.from(nonce, "base64")));
      const said = await saidInAuth(vector, [base64(steps[1]), base64(steps[3])]);
      assert.deepEqual(said, [base64(steps[0]), base64(steps[2]), ""]);
    } else if (vector.prompts_b64 !== undefined) {
      const login = { ...vector, user: "tim", password: "tanstaaftanstaaf" };
      const said = await saidInAuth(login, vector.prompts_b64);
      assert.deepEqual(said, [base64(login.user), base64(login.password)]);
    } else {
      const said = await saidInAuth(vector, vector.challenge_b64 === undefined ? [] : [vector.challenge_b64]);
      assert.deepEqual(said, [vector.response_b64]);
    }
  });

// covers: RFC 4616 server
// covers: RFC 7628 server
// covers: XOAUTH2 server
test("what a server makes of what clients say in AUTH", async () => {
  for (const { id, mech, user, password, token, authzid, response_b64: response } of cases("sasl")) {
    if (response === undefined || mech === "CRAM-MD5") continue;
    const heard = [];
    const [ours, theirs] = loopback();
    const onAuth = (credentials) => heard.push(credentials) > 0;
    const served = serve(theirs, { onAuth }, { auth: { mechanisms: [mech], insecure: true } });
    const writer = ours.writable.getWriter();
    void writer.write(Buffer.from(`EHLO x\r\nAUTH ${mech} ${response}\r\nQUIT\r\n`));
    const reader = ours.readable.getReader();
    while (!(await reader.read()).done);
    await served;
    const pass = password && { pass: password };
    const expected = { mechanism: mech, user, ...pass, ...(token && { token }), ...(authzid && { authzid }) };
    assert.deepEqual(heard, [expected], id);
  }
});
