/** Email Workers: Miniflare gives messages to a Worker as Email Routing does, and judges its replies as that does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { check as findings, parse, serve } from "edgepost";
import type { Message } from "edgepost";
import { listen } from "edgepost/node";
import { environment, start } from "../support/process.js";
import { programs } from "./install.js";
import type { Result } from "./suite.js";
import { bundle } from "./workerd.js";

const HOST = fileURLToPath(new URL("on/miniflare.mjs", import.meta.url));
/** Nothing is asked of anybody, nor told to. */
const QUIET = { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", CI: "1" };

/** What the trigger tells: what the Worker did with the message. */
interface Outcome {
  readonly outcome: "ok" | "exception";
  readonly rejectReason?: string;
  readonly replies: readonly { readonly sender: string; readonly raw: string }[];
}

/** What a server got. */
interface Kept {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
}

interface Email {
  /** Gives a message to the Worker, for a local part; the reverse-path is `ann@client.test`, unless it is said otherwise. */
  deliver(action: string, message: readonly string[], from?: string): Promise<Outcome>;
  /** What the server got that is there beside it. */
  readonly kept: readonly Kept[];
}

const MESSAGE = [
  "From: Ann <ann@client.test>",
  "To: Worker <reply@worker.test>",
  "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
  "Date: Thu, 26 Nov 2026 12:00:00 +0000",
  "Message-ID: <1@client.test>",
];
const CASES: Readonly<Record<string, (email: Email) => Promise<void>>> = {
  async "an Email Worker reads a message, and its reply is one that checks and threads"({ deliver }) {
    const { replies, rejectReason } = await deliver("reply", MESSAGE);
    assert.equal(rejectReason, undefined);
    assert.equal(replies.length, 1);
    const { sender, raw } = replies[0]!;
    assert.equal(sender, "reply@worker.test");
    const reply = await parsed(raw);
    assert.deepEqual(JSON.parse(reply.text!), {
      envelope: { from: "ann@client.test", to: "reply@worker.test" },
      subject: "Grüße",
      octets: source(MESSAGE).length,
      findings: (await findings(source(MESSAGE))).map(({ rule }) => rule),
    });
    assert.deepEqual(reply.from, [{ name: "Support", address: "reply@worker.test" }]);
    assert.deepEqual(reply.to, [{ address: "ann@client.test" }]);
    assert.equal(reply.subject, "Auto: Grüße");
    assert.deepEqual([reply.inReplyTo, reply.references], [["<1@client.test>"], ["<1@client.test>"]]);
    assert.equal(field(reply, "Auto-Submitted"), "auto-replied");
  },
  async "a reply of an Email Worker continues a thread"({ deliver }) {
    const thread = ["In-Reply-To: <0b@worker.test>", "References: <0a@client.test>", "  <0b@worker.test>"];
    const { replies, rejectReason } = await deliver("reply", [...MESSAGE, ...thread]);
    assert.equal(rejectReason, undefined);
    assert.deepEqual((await parsed(replies[0]!.raw)).references, [
      "<0a@client.test>",
      "<0b@worker.test>",
      "<1@client.test>",
    ]);
  },
  async "an Email Worker replies once"({ deliver }) {
    const { replies, rejectReason } = await deliver("twice", MESSAGE);
    assert.equal(replies.length, 1);
    assert.match(rejectReason!, /^InputError: the message has been replied to/);
  },
  async "an Email Worker is told beforehand where the runtime sends no reply"({ deliver }) {
    const unsent = [
      ["Auto-Submitted: auto-generated"],
      ["X-Auto-Response-Suppress: All"],
      ["In-Reply-To: <0@worker.test>"],
      ["References: <0@worker.test>"],
      ["In-Reply-To: <0@worker.test>", `References: ${"<0@worker.test>\r\n ".repeat(100)}`],
    ];
    for (const fields of unsent) {
      const asked = await deliver("ask", [...MESSAGE, ...fields]);
      assert.match(asked.rejectReason!, /"by":"(standard|runtime)"/, fields[0]);
      const { replies, rejectReason } = await deliver("reply", [...MESSAGE, ...fields]);
      assert.equal(replies.length, 0);
      assert.match(rejectReason!, /^InputError: the message must not be answered: /);
    }
    const { rejectReason } = await deliver("ask", MESSAGE);
    assert.equal(rejectReason, '"nothing forbids it"');
  },
  async "what the runtime refuses is an error of the reply"({ deliver }) {
    const [from, to, subject, date] = MESSAGE;
    // It compares what is written, with the comment.
    const message = [from!, to!, subject!, date!, "Message-ID: <1@client.test> (one)"];
    const { replies, rejectReason } = await deliver("reply", message);
    assert.equal(replies.length, 0);
    assert.match(rejectReason!, /^InputError: the runtime does not send the reply: In-Reply-To/);
  },
  async "an Email Worker rejects a message"({ deliver }) {
    assert.equal((await deliver("refuse", MESSAGE)).rejectReason, "no such user");
  },
  async "a message over the limit is an error"({ deliver }) {
    const { rejectReason } = await deliver("small", MESSAGE);
    assert.match(rejectReason!, /^InputError: the message has \d+ octets; the limit is 64$/);
  },
  async "an Email Worker sends a bounce by SMTP, from the null reverse-path"({ deliver, kept }) {
    const { rejectReason } = await deliver("bounce", MESSAGE);
    assert.equal(rejectReason, undefined);
    const { from, to, content } = kept.at(-1)!;
    assert.deepEqual([from, to], ["", ["ann@client.test"]]);
    const { report } = await parsed(content);
    assert.equal(report?.kind, "deliveryStatus");
    assert.equal(report.originalMessageId, "<1@client.test>");
    assert.deepEqual(
      report.recipients.map(({ address, status }) => [address, status]),
      [["bounce@worker.test", "5.1.1"]],
    );
  },
  async "an Email Worker sends a reply by SMTP, from the null reverse-path"({ deliver, kept }) {
    const { rejectReason } = await deliver("relay", MESSAGE);
    assert.equal(rejectReason, undefined);
    const { from, to, content } = kept.at(-1)!;
    assert.deepEqual([from, to], ["", ["ann@client.test"]]);
    assert.equal(field(await parsed(content), "Auto-Submitted"), "auto-replied");
  },
};

/** Runs the cases, those with `only` in their names. */
export async function onMiniflare(project: string, { only = "" }: { only?: string }): Promise<Result[]> {
  const modules = await bundle(project, "email");
  const kept: Kept[] = [];
  const listener = listen({ port: 0, host: "127.0.0.1" });
  void (async () => {
    for await (const transport of listener)
      void serve(transport, {
        async onMessage(content, { from, to }) {
          kept.push({ from, to, content: await new Response(content).text() });
        },
      });
  })();
  await listener.ready;
  const settings = {
    miniflare: programs.miniflare,
    root: project,
    modules: modules.map((name) => join(project, name)),
    bindings: { SMTP_PORT: listener.port },
  };
  const host = start(programs.node26, [HOST, JSON.stringify(settings)], { env: environment(QUIET) });
  try {
    const url = await urlOf(host);
    const deliver: Email["deliver"] = async (action, message, from = "ann@client.test") => {
      const paths = new URLSearchParams({ from, to: `${action}@worker.test`, format: "json" });
      const body = source(message);
      const response = await fetch(`${url}cdn-cgi/handler/email?${paths}`, { method: "POST", body });
      const text = await response.text();
      assert.equal(response.status, 200, `${text}\n${host.log()}`);
      return JSON.parse(text) as Outcome;
    };
    const results: Result[] = [];
    for (const [name, run] of Object.entries(CASES).filter(([name]) => name.includes(only)))
      results.push(
        await run({ deliver, kept }).then(
          () => ({ name, outcome: "passed" as const }),
          (error: Error) => ({ name, outcome: "failed" as const, detail: error.stack! }),
        ),
      );
    return results;
  } finally {
    await host.stop();
    await listener.close();
  }
}

function source(message: readonly string[]): string {
  return [...message, "", "Are you there?", ""].join("\r\n");
}

/** A message that nothing is wrong with. */
async function parsed(raw: string): Promise<Message> {
  const errors = (await findings(raw)).filter(({ severity }) => severity === "error");
  assert.deepEqual(errors, []);
  return parse(raw);
}

function field({ headers }: Message, name: string): string | undefined {
  return headers.find((header) => header.name === name)?.value;
}

/** Where the Worker's triggers are, once it runs. */
async function urlOf(host: ReturnType<typeof start>): Promise<string> {
  for (;;) {
    const url = /^listening on (\S+)$/m.exec(host.log())?.[1];
    if (url !== undefined) return url;
    if (!host.running) throw new Error(`Miniflare has ended:\n${host.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
