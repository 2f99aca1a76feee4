/** Mail programs of users deliver to our server: msmtp and s-nail. */

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { type Certificates, certificates } from "../support/certificates.js";
import { run } from "../support/process.js";
import { type Temporary, temporary } from "../support/temporary.js";
import type { Observer } from "./matrix/observer.js";
import { message, sender, thorough } from "./messages.js";
import { session, type Witness } from "./session.js";
import { type Sink, startSink } from "./sink.js";
import { need, type Software } from "./software.js";

type Tls = "off" | "starttls" | "implicit";
const BOB = "bob@example.test";
const ALICE = "alice@example.test";
const ROWS = { off: [], starttls: ["STARTTLS"], implicit: ["implicit TLS"] } as const;

const openssl = await need("openssl");
const missing = async (name: Software): Promise<string | false> => openssl || (await need(name));
const msmtpMissing = await missing("msmtp");
const nailMissing = await missing("s-nail");

describe("mail programs and our server", () => {
  let dir: Temporary;
  let certs: Certificates;
  let said = "";
  const observers: Observer[] = [];
  const sinks = {} as Record<Tls, Sink>;

  before(async () => {
    if (openssl !== false) return;
    dir = await temporary();
    certs = await certificates(dir.path);
    const { cert, key } = certs.good;
    const say = (lines: string): void => void (said += lines);
    sinks.off = await startSink({ auth: "insecure", observers, say });
    sinks.starttls = await startSink({ tls: { cert, key }, auth: true, observers, say });
    sinks.implicit = await startSink({ tls: { cert, key, implicit: true }, auth: true, observers, say });
  });
  after(async () => {
    await Promise.all(Object.values(sinks).map((sink) => sink.stop()));
    await dir?.remove();
  });

  const register = (
    peer: string,
    skip: string | false | undefined,
    name: string,
    hears: readonly string[],
    body: (witness: Witness) => Promise<void>,
  ): void =>
    session(
      `${peer}: ${name}`,
      { skip: skip ?? false, log: () => said, heard: () => observers, peer, hears },
      body,
    );

  const msmtp = async (witness: Witness, tls: Tls, args: string[], input: Uint8Array): Promise<boolean> => {
    const common = [
      "--debug",
      "--host=localhost",
      `--port=${sinks[tls].port}`,
      "--domain=client.test",
      "--timeout=20",
    ];
    if (tls === "off") common.push("--tls=off");
    else
      common.push(
        "--tls=on",
        `--tls-starttls=${tls === "starttls" ? "on" : "off"}`,
        `--tls-trust-file=${certs.caFile}`,
      );
    const { code, log } = await run("msmtp", ["--file=/dev/null", ...common, ...args], { input });
    witness.transcript += log;
    return code === 0;
  };

  for (const tls of ["off", "starttls", "implicit"] as const)
    register(
      "msmtp",
      msmtpMissing,
      `the message arrives octet by octet, TLS ${tls}`,
      ROWS[tls],
      async (witness) => {
        const from = sender();
        assert.ok(await msmtp(witness, tls, [`--from=${from}`, "--", BOB, ALICE], thorough.content));
        const [received] = sinks[tls].from(from);
        assert.deepEqual(received?.to, [BOB, ALICE]);
        assert.equal(received.secure, tls !== "off");
        assert.equal(received.content.toString("latin1"), thorough.content.toString("latin1"));
      },
    );

  for (const mechanism of ["PLAIN", "LOGIN"])
    for (const [pass, accepted] of [
      ["secret", true],
      ["open sesame", false],
    ] as const) {
      const what = accepted ? `AUTH ${mechanism}` : `AUTH ${mechanism} with a wrong password`;
      register("msmtp", msmtpMissing, what, accepted ? [`AUTH ${mechanism}`] : [], async (witness) => {
        const from = sender();
        const auth = [`--auth=${mechanism.toLowerCase()}`, "--user=user", `--passwordeval=echo ${pass}`];
        const args = [...auth, `--from=${from}`, "--", BOB];
        assert.equal(await msmtp(witness, "starttls", args, message("auth", "hello\r\n")), accepted);
        assert.deepEqual(
          sinks.starttls.from(from).map(({ user }) => user),
          accepted ? ["user"] : [],
        );
      });
    }

  const nail = async (
    witness: Witness,
    tls: Tls,
    from: string,
    settings: string[],
    to: string,
  ): Promise<boolean> => {
    const set = [
      ...["v15-compat=y", "nosave", "hostname=client.test", `from=${from}`, "sendcharsets=utf-8"],
      `mta=${tls === "implicit" ? "smtps" : "smtp"}://localhost:${sinks[tls].port}`,
      ...(tls === "off" ? [] : ["tls-verify=strict", `tls-ca-file=${certs.caFile}`, "tls-ca-no-defaults"]),
      ...(tls === "starttls" ? ["smtp-use-starttls"] : []),
      ...settings,
    ];
    const args = ["-:/", "-vv", ...set.flatMap((setting) => ["-S", setting]), "-s", "Grüße", to];
    const { code, log } = await run("s-nail", args, { input: "hello\n.dot\nGrüße\n" });
    witness.transcript += log;
    return code === 0;
  };

  for (const tls of ["off", "starttls", "implicit"] as const)
    for (const mechanism of [undefined, "PLAIN", "LOGIN"]) {
      const how = `TLS ${tls}, ${mechanism === undefined ? "no AUTH" : `AUTH ${mechanism}`}`;
      const rows = [...ROWS[tls], ...(mechanism === undefined ? [] : [`AUTH ${mechanism}`])];
      register("s-nail", nailMissing, how, rows, async (witness) => {
        const from = sender();
        const auth = mechanism?.toLowerCase() ?? "none";
        const login = mechanism === undefined ? [] : ["user=user", "password=secret"];
        assert.ok(await nail(witness, tls, from, [`smtp-auth=${auth}`, ...login], BOB));
        const [received] = sinks[tls].from(from);
        assert.deepEqual([received?.to, received?.user], [[BOB], mechanism && "user"]);
        assert.match(received!.content.toString("latin1"), /\r\n\r\nhello\r\n\.dot\r\n/);
      });
    }
});
