/** `edgepost dissect`, called as a user calls it. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import type { Trace } from "edgepost";
import { Connection, pcap } from "../support/pcap.js";
import { environment, type Ran, run } from "../support/process.js";
import { type Temporary, temporary } from "../support/temporary.js";

const EDGEPOST = fileURLToPath(new URL("../../dist/cli/edgepost.js", import.meta.url));

/** Nothing went wrong. */
const GOOD = "S: 220 mx\nC: EHLO a\nS: 250 mx\nC: QUIT\nS: 221 bye\n";
/** A recipient was refused, by a server that would like to steer terminals. */
const BAD = GOOD.replace(
  "C: QUIT",
  "C: MAIL FROM:<a@b.c>\nS: 250 ok\nC: RCPT TO:<d@e.f>\nS: 550 5.1.1 no\x1b]0;x\x07\nC: QUIT",
);

let dir: Temporary;
before(async () => (dir = await temporary()));
after(() => dir.remove());

function dissect(args: string[], input?: string | Uint8Array): Promise<Ran> {
  return run(process.execPath, [EDGEPOST, "dissect", ...args], {
    cwd: dir.path,
    env: environment(),
    ...(input !== undefined && { input }),
  });
}

let files = 0;
async function file(content: string | Uint8Array): Promise<string> {
  const name = `${++files}.log`;
  await writeFile(join(dir.path, name), content);
  return name;
}

const text = (ran: Ran): string => ran.stdout.toString();

describe("a recording", () => {
  test("is shown step by step, with what there is to say below the step", async () => {
    const ran = await dissect([await file(BAD)]);
    const lines = text(ran).split("\n");
    const refused = lines.findIndex((line) => line.includes("S: 550 5.1.1 no"));
    assert.match(
      lines[refused + 1]!,
      /^ {11}error: recipient-refused: The server refused the recipient <d@e\.f>: .* \[RFC 5321 section 3\.3\]$/,
    );
    assert.equal(ran.code, 1);
  });

  test("that went well is no finding", async () => {
    const ran = await dissect([await file(GOOD)]);
    assert.equal(ran.code, 0, text(ran));
    assert.match(text(ran), /^session 1 of 1\n {11}S: 220 mx\n {11}C: EHLO a\n/);
  });

  test("comes from standard input, too, with a hyphen or without", async () => {
    for (const args of [[], ["-"]]) assert.match(text(await dissect(args, GOOD)), /C: EHLO a/);
  });

  test("that is a capture has ends, a date and times", async () => {
    const connection = new Connection()
      .open()
      .server("220 mx\r\n")
      .client("EHLO a\r\n")
      .wait(5000)
      .server("250 mx\r\n");
    const ran = await dissect([await file(pcap(connection.packets))]);
    assert.match(
      text(ran),
      /^session 1 of 1 {2}192\.0\.2\.1:40000 -> 192\.0\.2\.25:25, 2026-03-03T10:00:00\.003Z\n/,
    );
    assert.match(text(ran), /\n {2}5002 ms {2}S: 250 mx\n/);
    assert.match(text(ran), /warning: slow-reply: The client waited 5\.0 s for the reply to EHLO/);
    assert.equal((await dissect(["--slow", "6000", await file(pcap(connection.packets))])).code, 0);
  });

  test("cannot steer the terminal", async () => {
    for (const args of [[], ["--findings"], ["--json"]]) {
      const shown = text(await dissect([...args, "--color", "never"], BAD));
      assert.doesNotMatch(shown, /[\0-\x09\x0b-\x1f\x7f]/);
    }
  });

  test("is told of without its steps by --findings", async () => {
    const shown = text(await dissect(["--findings"], BAD));
    assert.match(shown, /recipient-refused/);
    assert.doesNotMatch(shown, /EHLO/);
    assert.match(text(await dissect(["--findings"], GOOD)), /nothing to say/);
  });

  test("is told of to programs by --json", async () => {
    const ran = await dissect(["--json"], BAD);
    const trace = JSON.parse(text(ran)) as Trace;
    assert.equal(trace.format, "transcript");
    assert.deepEqual(
      trace.sessions[0]!.diagnosis.map(({ rule, step }) => [rule, step]),
      [["recipient-refused", 6]],
    );
    assert.equal(ran.code, 1);
  });

  test("is read as what it is said to be", async () => {
    const lines = "220 mx\nEHLO a\n250 mx\n";
    assert.match(text(await dissect(["--format", "terminal"], lines)), /C: EHLO a/);
    assert.equal((await dissect(["--format", "swaks"], lines)).code, 2);
  });
});

describe("wrong usage: exit code 2, and words about what is wrong", () => {
  const CASES: [args: string[], words: RegExp][] = [
    [["nowhere.log"], /there is no file nowhere\.log/],
    [["a", "b"], /one recording at a time: name one file/],
    [["--format", "word", "-"], /--format has to be edgepost, swaks, .* or pcapng, not "word"/],
    [["--slow", "soon", "-"], /--slow has to be a whole number from 0 on, not "soon"/],
    [["--json", "--findings", "-"], /give either --json or --findings/],
    [["--frob"], /unknown option --frob/],
    [["-"], /standard input: nothing in the first 5000 lines looks like a session/],
  ];
  for (const [args, words] of CASES)
    test(args.join(" "), async () => {
      const ran = await dissect(args, "hello\n");
      assert.match(ran.log, words);
      assert.equal(ran.code, 2);
    });

  test("nothing at all on standard input", async () => {
    const ran = await dissect([], "");
    assert.match(ran.log, /standard input: the recording is empty/);
    assert.equal(ran.code, 2);
  });
});

test("--help has examples, and names every form that can be read", async () => {
  const ran = await dissect(["--help"]);
  assert.equal(ran.code, 0);
  assert.match(text(ran), /\nExamples:\n {2}edgepost dissect session\.log\n/);
  for (const form of [
    "pcapng",
    "swaks",
    "msmtp",
    "nodemailer",
    "smtplib",
    "postfix",
    "curl",
    "transcript",
    "terminal",
  ])
    assert.ok(text(ran).includes(form));
});
