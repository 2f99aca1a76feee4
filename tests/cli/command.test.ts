/** The command, called as a user calls it. */

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { environment, type Ran, run, type Running, start } from "../support/process.js";
import { Raw } from "../support/raw.js";
import { type Temporary, temporary } from "../support/temporary.js";

const EDGEPOST = fileURLToPath(new URL("../../dist/cli/edgepost.js", import.meta.url));
const MESSAGE = Buffer.from(
  "From: ann@a.test\r\nTo: bob@b.test\r\nSubject: hi\r\n\r\n.dot\r\n\r\n.\r\n8-bit: ü\r\n",
);

function edgepost(
  args: string[],
  options: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<Ran> {
  const { input, env } = options;
  return run(process.execPath, [EDGEPOST, ...args], {
    env: environment(env),
    ...(input !== undefined && { input }),
  });
}

interface Event {
  event: string;
  [name: string]: unknown;
}

interface Sink extends AsyncDisposable {
  port: number;
  process: Running;
  /** The next event of that name; those before it are passed over. */
  next(event: string): Promise<Event>;
}

async function sink(...args: string[]): Promise<Sink> {
  const running = start(process.execPath, [EDGEPOST, "sink", "--port", "0", "--json", ...args]);
  let taken = 0;
  const next = async (event: string): Promise<Event> => {
    for (;;) {
      const lines = running.log().split("\n").slice(0, -1);
      while (taken < lines.length) {
        const line = lines[taken++]!;
        const found = line.startsWith("{") ? (JSON.parse(line) as Event) : undefined;
        if (found?.event === event) return found;
      }
      if (!running.running) throw new Error(`the sink has ended:\n${running.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  try {
    const { port } = await next("listening");
    return { port: port as number, process: running, next, [Symbol.asyncDispose]: () => running.stop() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

const to = (port: number, ...args: string[]): string[] => [
  "send",
  "--host",
  "127.0.0.1",
  "--port",
  String(port),
  ...args,
];
const ADDRESSES = ["--from", "ann@a.test", "--to", "bob@b.test"];

describe("help", () => {
  for (const args of [
    ["--help"],
    ["send", "--help"],
    ["sink", "--help"],
    ["check", "--help"],
    ["bridge", "--help"],
    ["help", "sink"],
    ["send", "--nonsense", "-h"],
  ])
    test(`edgepost ${args.join(" ")}: usage, an example, lines of at most 100 columns`, async () => {
      const { code, stdout } = await edgepost(args);
      assert.equal(code, 0);
      const text = stdout.toString();
      assert.match(text, /^Usage: edgepost /);
      assert.match(text, /\nExamples?\b/);
      for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
    });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(
      await readFile(new URL("../../package.json", import.meta.url), "utf8"),
    ) as { version: string };
    assert.equal((await edgepost(["--version"])).stdout.toString(), `${version}\n`);
  });
});

describe("wrong usage: exit code 2, and words about what is wrong", () => {
  const mail = [...ADDRESSES, "--text", "x"];
  const host = ["send", "--host", "h"];
  const CASES: [args: string[], words: RegExp][] = [
    [[], /Usage: edgepost COMMAND/],
    [["sned"], /no command "sned"\. Did you mean send\?/],
    [["deliver"], /no command "deliver"\. There are send, sink, bridge, check, dissect, playground\./],
    [["--frobnicate"], /no option "--frobnicate"/],
    [["send", ...mail], /say which server: --host/],
    [["send", "--hots", "h"], /unknown option --hots; did you mean --host\?/],
    [[...host, "bob@b.test"], /unexpected argument "bob@b\.test"/],
    [[...host, "--port"], /--port needs a value/],
    [[...host, "--port", "--trace"], /--port needs a value/],
    [[...host, "--trace=yes"], /--trace takes no value/],
    [[...host, "--port", "70000", ...mail], /--port has to be a whole number from 1 to 65535, not "70000"/],
    [[...host, "--tls", "maybe", ...mail], /--tls has to be required, implicit, opportunistic or off/],
    [[...host, "--timeout", "0", ...mail], /--timeout has to be a whole number from 1 to 1000000/],
    [[...host, "--to", "bob@b.test", "--text", "x"], /say who sends: --from/],
    [[...host, "--from", "ann@a.test", "--text", "x"], /say who gets it: --to/],
    [[...host, ...ADDRESSES], /say what to send/],
    [[...host, "--from", "ann", "--to", "bob@b.test", "--text", "x"], /--from: "ann" is no address/],
    [
      [...host, "--from", "ann@a.test", "--to", "bob@b.test, carol", "--text", "x"],
      /--to: "carol" is no address/,
    ],
    [[...host, "--file", "no/such.eml"], /--file: there is no file no\/such\.eml/],
    [[...host, "--file", "."], /--file: \. is no file/],
    [[...host, "--file", "-", "--text", "x"], /leave --subject and --text out/],
    [[...host, ...mail, "--ca", "no/such.pem"], /--ca: there is no file/],
    [[...host, ...mail, "--user", "ann"], /no password for ann: set EDGEPOST_PASS/],
    [[...host, ...mail, "--pass", "x"], /a password needs a name/],
    [[...host, ...mail, "--user", "ann", "--pass", "x", "--pass-file", "y"], /one way/],
    [["sink", "--port", "x"], /--port has to be a whole number/],
    [["sink", "--size", "much"], /--size has to be a size like/],
    [["sink", "--once", "--count", "2"], /either --once or --count/],
    [["sink", "--auth", "ann"], /--auth USER:PASS/],
    [["sink", "--cert", "x"], /--cert and --key go together/],
    [["sink", "--tls", "off", "--cert-out", "x"], /needs no certificate/],
    [["sink", "--cert", "no", "--key", "such"], /--cert: /],
    [["sink", "--cert", EDGEPOST, "--key", EDGEPOST], /certificate/],
  ];
  for (const [args, words] of CASES)
    test(`edgepost ${args.join(" ").replace(EDGEPOST, "FILE").replace(EDGEPOST, "FILE")}`, async () => {
      const { code, log, stdout } = await edgepost(args);
      assert.match(log, words);
      assert.deepEqual([code, stdout.toString()], [2, ""]);
    });

  test("a message without a header's end, and one without recipients", async () => {
    const endless = await edgepost([...host, "--file", "-"], { input: "x".repeat(300_000) });
    assert.deepEqual([endless.code, /its header has no end/.test(endless.log)], [2, true]);
    const nobody = await edgepost([...host, "--file", "-"], {
      input: "From: ann@a.test\r\n\r\nTo: bob@b.test\r\n",
    });
    assert.deepEqual([nobody.code, /names no recipients/.test(nobody.log)], [2, true]);
  });
});

describe("send to sink", () => {
  let dir: Temporary;
  before(async () => (dir = await temporary()));
  after(() => dir.remove());

  test("a message composed from options: STARTTLS, AUTH, an .eml file, both in JSON", async () => {
    const [mail, ca] = [join(dir.path, "composed"), join(dir.path, "ca.pem")];
    await using receiver = await sink("--dir", mail, "--cert-out", ca, "--auth", "ann:se:cret");
    const args = ["--ca", ca, "--user", "ann", "--from", '"Ann, too" <ann@a.test>'];
    const rest = ["--to", "Bob <bob@b.test>, carol@b.test", "--cc", "dave@b.test", "--bcc", "eve@b.test"];
    const ran = await edgepost(
      to(receiver.port, ...args, ...rest, "--subject", "Grüße", "--text", "hello", "--json"),
      {
        env: { EDGEPOST_PASS: "se:cret" },
      },
    );
    assert.equal(ran.code, 0, ran.log);
    const result = JSON.parse(ran.stdout.toString()) as { ok: boolean; receipt: { accepted: string[] } };
    assert.equal(result.ok, true);
    assert.deepEqual(result.receipt.accepted, ["bob@b.test", "carol@b.test", "dave@b.test", "eve@b.test"]);

    const event = await receiver.next("message");
    assert.deepEqual(
      [event["from"], event["to"], event["subject"], event["user"], event["secure"]],
      ["ann@a.test", result.receipt.accepted, "Grüße", "ann", true],
    );
    const content = await readFile(event["file"] as string, "utf8");
    assert.equal(content.length, event["octets"]);
    assert.match(content, /^From: "Ann, too" <ann@a\.test>\r$/m);
    assert.match(content, /^Cc: dave@b\.test\r$/m);
    assert.doesNotMatch(content, /eve/);
    assert.match(content, /\r\n\r\nhello\r\n$/);
  });

  for (const [how, args] of [
    ["BDAT", []],
    ["DATA", ["--no-chunking", "--no-pipelining"]],
  ] as const)
    test(`a file by ${how}: the sink has it octet by octet, and the trace shows the session`, async () => {
      const [mail, file] = [join(dir.path, how), join(dir.path, `${how}.eml`)];
      await writeFile(file, MESSAGE);
      await using receiver = await sink("--tls", "off", "--dir", mail);
      const ran = await edgepost(
        to(receiver.port, "--tls", "off", ...ADDRESSES, "--file", file, "--trace", ...args),
      );
      assert.equal(ran.code, 0, ran.log);
      assert.match(ran.stdout.toString(), /^accepted for bob@b\.test: 250 /);
      const { file: kept } = await receiver.next("message");
      assert.deepEqual(await readFile(kept as string), MESSAGE);
      assert.match(ran.log, new RegExp(`^ +\\d+ ms  C: ${how}`, "m"));
      assert.match(ran.log, /^ +\d+ ms {2}S: 250[- ]/m);
      assert.doesNotMatch(ran.log, /\x1b/);
    });

  test("a message from standard input: its header is the envelope, and Bcc goes no further", async () => {
    await using receiver = await sink("--tls", "off", "--show");
    const header = "From: Ann <ann@a.test>\nTo: bob@b.test,\n carol@b.test\nBcc: eve@b.test\nSubject: x\n";
    const ran = await edgepost(to(receiver.port, "--tls", "off", "--file", "-"), {
      input: `${header}\nhello\n`,
    });
    assert.equal(ran.code, 0, ran.log);
    const { from, to: recipients, content } = await receiver.next("message");
    assert.deepEqual([from, recipients], ["ann@a.test", ["bob@b.test", "carol@b.test", "eve@b.test"]]);
    const expected = `${header.replace(/^Bcc.*\n/m, "")}\nhello\n`.replaceAll("\n", "\r\n");
    assert.equal(Buffer.from(content as string, "base64").toString(), expected);
  });

  test("the null reverse-path: --from '<>'", async () => {
    await using receiver = await sink("--tls", "off");
    const args = ["--from", "<>", "--to", "bob@b.test", "--file", "-"];
    const ran = await edgepost(to(receiver.port, "--tls", "off", ...args), { input: MESSAGE });
    assert.equal(ran.code, 0, ran.log);
    assert.equal((await receiver.next("message"))["from"], "");
  });

  test("implicit TLS", async () => {
    const ca = join(dir.path, "implicit.pem");
    await using receiver = await sink("--tls", "implicit", "--cert-out", ca);
    const ran = await edgepost(
      to(receiver.port, "--tls", "implicit", "--ca", ca, ...ADDRESSES, "--text", "x"),
    );
    assert.equal(ran.code, 0, ran.log);
    assert.equal((await receiver.next("message"))["secure"], true);
  });

  test("the file is there, whole, when the 250 is seen", async () => {
    const mail = join(dir.path, "durable");
    await using receiver = await sink("--tls", "off", "--dir", mail);
    await using client = await Raw.connect(receiver.port);
    await client.hello();
    for (const line of ["MAIL FROM:<ann@a.test>", "RCPT TO:<bob@b.test>"])
      assert.equal(await client.command(line), 250);
    client.write(`BDAT ${MESSAGE.length} LAST\r\n`);
    client.write(MESSAGE);
    assert.match((await client.reply())[0]!, /^250 /);
    const names = (await readdir(mail)).sort();
    assert.equal(names.length, 2);
    assert.deepEqual(await readFile(join(mail, names[0]!)), MESSAGE);
    const envelope = JSON.parse(await readFile(join(mail, names[1]!), "utf8")) as Event;
    assert.deepEqual([envelope["from"], envelope["to"]], ["ann@a.test", ["bob@b.test"]]);
  });

  test("a connection that is lost within a message leaves nothing, and is a problem to report", async () => {
    const mail = join(dir.path, "lost");
    await using receiver = await sink("--tls", "off", "--dir", mail);
    const client = await Raw.connect(receiver.port);
    await client.hello();
    for (const line of ["MAIL FROM:<ann@a.test>", "RCPT TO:<bob@b.test>"])
      assert.equal(await client.command(line), 250);
    client.write("BDAT 1000 LAST\r\nhalf of it");
    await client.close();
    await receiver.next("problem");
    await receiver.process.stop();
    assert.deepEqual(await readdir(mail), []);
  });

  test("--auth: nobody else gets in; --size: nothing larger", async () => {
    await using receiver = await sink("--tls", "off", "--auth", "ann:secret", "--size", "1K");
    const args = to(receiver.port, "--tls", "off", ...ADDRESSES, "--text");
    const stranger = await edgepost([...args, "x"]);
    assert.deepEqual([stranger.code, /530 5\.7\.0/.test(stranger.log)], [1, true], stranger.log);
    const wrong = await edgepost([...args, "x", "--user", "ann", "--pass", "geheim"]);
    assert.deepEqual(
      [wrong.code, /535 5\.7\.8/.test(wrong.log), /geheim/.test(wrong.log)],
      [1, true, false],
      wrong.log,
    );
    const large = await edgepost([...args, "x".repeat(2000), "--user", "ann", "--pass", "secret"]);
    assert.deepEqual([large.code, /1024 at most/.test(large.log)], [1, true], large.log);
    const password = join(dir.path, "password");
    await writeFile(password, "secret\n");
    const right = await edgepost([...args, "x", "--user", "ann", "--pass-file", password]);
    assert.equal(right.code, 0, right.log);
  });

  test("a certificate that is not trusted: exit code 1, in words, and what to do", async () => {
    await using receiver = await sink();
    const ran = await edgepost(to(receiver.port, ...ADDRESSES, "--text", "x", "--json"));
    assert.equal(ran.code, 1);
    const { ok, error } = JSON.parse(ran.stdout.toString()) as { ok: boolean; error: Event };
    assert.deepEqual(
      [ok, error["code"], error["stage"], error["delivery"]],
      [false, "tls", "starttls", "none"],
    );
    assert.match(ran.log, /certificate/);
    assert.match(ran.log, /--ca/);
  });

  test("--count: it ends after so many, with exit code 0", async () => {
    const receiver = await sink("--tls", "off", "--count", "2");
    for (let i = 0; i < 2; i++)
      assert.equal((await edgepost(to(receiver.port, "--tls", "off", ...ADDRESSES, "--text", "x"))).code, 0);
    assert.equal(await receiver.process.ended, 0);
    await receiver.process.stop();
  });

  test("for people: a line a message, and the whole with --show; strangers cannot steer the terminal", async () => {
    const running = start(process.execPath, [
      EDGEPOST,
      "sink",
      "--port",
      "0",
      "--tls",
      "off",
      "--show",
      "--once",
    ]);
    const text = async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const found = pattern.exec(running.log());
        if (found !== null) return found;
        assert.ok(running.running, running.log());
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    try {
      const [, port] = await text(/listening on 127\.0\.0\.1:(\d+)\n/);
      const evil = "Subject: a\x1b[2Jb\r\nFrom: ann@a.test\r\n\r\nhello\x1b]0;x\x07\r\n";
      const ran = await edgepost(to(Number(port), "--tls", "off", ...ADDRESSES, "--file", "-"), {
        input: evil,
      });
      assert.equal(ran.code, 0, ran.log);
      assert.equal(await running.ended, 0);
      assert.match(running.log(), /#1 ann@a\.test -> bob@b\.test  a\\x1b\[2Jb  \d+ octets, no TLS\n/);
      assert.match(running.log(), /\nhello\\x1b\]0;x\\x07\n/);
      assert.doesNotMatch(running.log(), /\x1b/);
    } finally {
      await running.stop();
    }
  });
});

describe("send, when it cannot", () => {
  /** A server that says what it is told to, a line for each line it gets. */
  async function scripted(
    greeting: string,
    answers: Record<string, string>,
  ): Promise<{ port: number; server: Server }> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      if (greeting !== "") socket.write(`${greeting}\r\n`);
      socket.on("data", (bytes) => {
        for (const line of bytes.toString().split("\r\n").slice(0, -1)) {
          const answer = answers[line.split(/[ :]/)[0]!];
          if (answer === "close") socket.end();
          else if (answer !== undefined) socket.write(`${answer}\r\n`);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { port: (server.address() as AddressInfo).port, server };
  }
  const OK = {
    EHLO: "250-s\r\n250 PIPELINING",
    MAIL: "250 ok",
    RCPT: "250 ok",
    DATA: "354 go",
    ".": "250 ok",
    QUIT: "221 bye",
  };

  const CASES: [
    what: string,
    greeting: string,
    answers: Record<string, string>,
    code: number,
    words: RegExp,
  ][] = [
    ["all is well", "220 s", OK, 0, /^accepted for bob@b\.test, carol@b\.test: 250 ok$/m],
    ["a recipient is refused for now", "220 s", { ...OK, RCPT: "450 later" }, 75, /450 later/],
    ["a recipient is refused for good", "220 s", { ...OK, RCPT: "550 never" }, 1, /550 never/],
    ["the message is refused for now", "220 s", { ...OK, ".": "451 later" }, 75, /451 later/],
    ["the message is refused for good", "220 s", { ...OK, ".": "554 never" }, 1, /554 never/],
    ["the server is busy", "421 busy", { QUIT: "221 bye" }, 75, /421 busy/],
    [
      "the answer to the message is lost",
      "220 s",
      { ...OK, ".": "close" },
      1,
      /may have (arrived|been delivered)/,
    ],
    ["the server closes early", "220 s", { ...OK, MAIL: "close" }, 75, /the connection ended/],
    ["the server speaks another protocol", "SSH-2.0-x", {}, 1, /edgepost send: /],
  ];
  for (const [what, greeting, answers, code, words] of CASES)
    test(`${what}: exit code ${code}`, async () => {
      const { port, server } = await scripted(greeting, answers);
      try {
        const args = [...ADDRESSES, "--to", "carol@b.test", "--text", "x", "--tls", "off"];
        const ran = await edgepost(to(port, ...args));
        assert.match(ran.log, words);
        assert.equal(ran.code, code, ran.log);
      } finally {
        server.close();
      }
    });

  test("nobody listens: exit code 75", async () => {
    const { port, server } = await scripted("", {});
    await new Promise((resolve) => server.close(resolve));
    const ran = await edgepost(to(port, ...ADDRESSES, "--text", "x"));
    assert.match(ran.log, /Is there a server on 127\.0\.0\.1/);
    assert.equal(ran.code, 75);
  });

  test("--timeout: exit code 75", async () => {
    const { port, server } = await scripted("", {});
    try {
      const ran = await edgepost(to(port, ...ADDRESSES, "--text", "x", "--timeout", "1"));
      assert.match(ran.log, /--timeout/);
      assert.equal(ran.code, 75, ran.log);
    } finally {
      server.close();
    }
  });

  test("Ctrl-C: it says QUIT or goes, with exit code 130", async () => {
    let reached!: () => void;
    const connected = new Promise<void>((resolve) => (reached = resolve));
    const server = createServer((socket) => {
      socket.on("error", () => {});
      reached();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const args = to((server.address() as AddressInfo).port, ...ADDRESSES, "--text", "x");
      const running = start(process.execPath, [EDGEPOST, ...args]);
      await connected;
      await running.stop("SIGINT");
      assert.equal(await running.ended, 130, running.log());
    } finally {
      server.close();
    }
  });

  test("a sink on a port that is in use: exit code 1, and what to do", async () => {
    const { port, server } = await scripted("", {});
    try {
      const { code, log } = await edgepost(["sink", "--port", String(port)]);
      assert.match(log, new RegExp(`port ${port} is in use: choose another with --port`));
      assert.equal(code, 1);
    } finally {
      server.close();
    }
  });
});
