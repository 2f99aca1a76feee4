/** Sendmail with a private configuration and queue. It has DELIVERBY and EXPN, and no SMTPUTF8. */

import { copyFile } from "node:fs/promises";

import type { Certificates } from "../../support/certificates.js";
import { check } from "../../support/process.js";
import { program, SENDMAIL } from "../software.js";
import { launch, type Server } from "./launch.js";
import { type Delivered, Mailbox } from "./mailbox.js";

/** With STARTTLS, and AUTH also in the clear; with implicit TLS. */
export type Port = "starttls" | "implicit";

/** Starts Sendmail, with the same user as Postfix here; of its recipients it knows bob and alice. Needs root. */
export function startSendmail(certificates: Certificates, next?: number): Promise<Server<Port>> {
  return launch<Port>({
    name: "Sendmail",
    ports: ["starttls", "implicit"],
    async prepare(place) {
      await place.directories(["queue", "sasl", "keys"]);
      await place.directories(["mail", "mail/tmp", "mail/new"], "mail");
      await check("chmod", ["700", place.at("queue")]);
      const { certFile, keyFile } = certificates.good;
      await copyFile(keyFile, place.at("keys/key.pem"));
      await check("chmod", ["600", place.at("keys/key.pem")]);
      await place.write("deliver", DELIVER, 0o755);
      const templates = `${SENDMAIL}/usr/share/sendmail/cf`;
      const input = macros(place.path, place.port, certFile, certificates.caFile, next);
      await place.write("sendmail.mc", input);
      const m4 = [`-D_CF_DIR_=${templates}/`, "m4/cf.m4", place.at("sendmail.mc")];
      const { stdout } = await check("m4", m4, { cwd: templates });
      await place.write("sendmail.cf", stdout.toString().replace(/^O AliasFile.*\n/m, ""));
      await place.write(
        "sasl/Sendmail.conf",
        `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${place.at("sasl/users")}\n`,
      );
      const realm = ["-p", "-c", "-f", place.at("sasl/users"), "-u", "sendmail.test", "user"];
      await check(program("saslpasswd2")!, realm, { input: "secret" });
      await place.write("start", START, 0o755);
      const unshare = ["unshare", "--uts", "--mount", "--propagation", "private"] as const;
      return [...unshare, place.at("start"), `${SENDMAIL}/usr/libexec/sendmail/sendmail`, place.path];
    },
    mailbox: (place) => new Mailbox(place.at("mail/new"), read),
  });
}

/** Takes off the script's line and what Sendmail puts in front, and makes line ends CRLF again. */
function read(file: Buffer): Delivered {
  const text = file.toString("latin1");
  const added = /^(.*) (.*)\n(?:Return-Path: .*\n)?Received: .*\n(?:[ \t].*\n)*/.exec(text.slice(0, 4096));
  if (added === null) throw new Error(`not a delivery of Sendmail:\n${text.slice(0, 1000)}`);
  return {
    from: added[1]!.replace(/^<(.*)>$/, "$1"),
    to: [added[2]!],
    content: Buffer.from(text.slice(added[0].length).replaceAll("\n", "\r\n"), "latin1"),
  };
}

const DELIVER = `#!/bin/sh
# deliver DIR FROM TO: keeps the message on standard input, behind a line that has its envelope
set -e
file=$(mktemp "$1/tmp/XXXXXXXX")
{ printf '%s %s\\n' "$2" "$3" && cat; } >"$file"
mv "$file" "$1/new/"
`;

const START = `#!/bin/sh
# start SENDMAIL DIR: without a dot in the host's name it would sleep for a minute
set -e
cd "$2"
hostname sendmail.test
mount --bind sasl /usr/lib/sasl2
exec "$1" -C "$2/sendmail.cf" -bD -q1m
`;

const macros = (
  dir: string,
  port: Record<Port, number>,
  certFile: string,
  caFile: string,
  next: number | undefined,
): string => `
OSTYPE(\`linux')dnl
define(\`confDOMAIN_NAME', \`sendmail.test')dnl
define(\`confPID_FILE', \`${dir}/pid')dnl
define(\`QUEUE_DIR', \`${dir}/queue')dnl
define(\`STATUS_FILE', \`${dir}/statistics')dnl
define(\`confCW_FILE', \`-o ${dir}/none')dnl
define(\`ALIAS_FILE', \`')dnl
define(\`HELP_FILE', \`${SENDMAIL}/etc/mail/helpfile')dnl
define(\`confPRIVACY_FLAGS', \`')dnl
define(\`confMAX_MESSAGE_SIZE', \`52428800')dnl
define(\`confSERVER_CERT', \`${certFile}')dnl
define(\`confSERVER_KEY', \`${dir}/keys/key.pem')dnl
define(\`confCACERT', \`${caFile}')dnl
define(\`confCACERT_PATH', \`${dir}')dnl
define(\`confDONT_BLAME_SENDMAIL', \`TrustStickyBit,GroupWritableDirPathSafe')dnl
define(\`confAUTH_MECHANISMS', \`PLAIN LOGIN CRAM-MD5')dnl
define(\`confAUTH_OPTIONS', \`A')dnl
define(\`confDELIVERY_MODE', \`background')dnl
define(\`confREFUSE_LA', \`200')dnl
define(\`confQUEUE_LA', \`200')dnl
define(\`confTO_IDENT', \`0s')dnl
define(\`confBIND_OPTS', \`-DNSRCH -DEFNAMES')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`accept_unqualified_senders')dnl
FEATURE(\`promiscuous_relay')dnl
FEATURE(\`no_default_msa')dnl
DAEMON_OPTIONS(\`Name=MTA, Addr=127.0.0.1, Port=${port.starttls}, Family=inet')dnl
DAEMON_OPTIONS(\`Name=TLS, Addr=127.0.0.1, Port=${port.implicit}, Family=inet, M=s')dnl
define(\`LOCAL_RELAY', \`mailbox:localhost')dnl
define(\`MAIL_HUB', \`mailbox:localhost')dnl
define(\`SMART_HOST', \`${next === undefined ? "mailbox:localhost" : "onward:[127.0.0.1]"}')dnl
define(\`RELAY_MAILER_ARGS', \`TCP $h ${next ?? 25}')dnl
MAILER(\`smtp')dnl
MAILER_DEFINITIONS
Mmailbox, P=${dir}/deliver, F=DFMn, S=EnvFromSMTP, R=EnvToSMTP, U=mail, T=DNS/RFC822/X-Unix, A=deliver ${dir}/mail $g $u
Monward, P=[IPC], F=mDFMuXa8, S=EnvFromSMTP/HdrFromSMTP, R=MasqSMTP, E=\\r\\n, L=2040, T=DNS/RFC822/SMTP, A=TCP $h ${next ?? 25}
LOCAL_CONFIG
C{Known}bob alice
LOCAL_RULESETS
SLocal_check_rcpt
R$*	$: $>CanonAddr $1
R$={Known} < @ example.test $* >	$@ OK
R$* < @ example.test $* >	$#error $@ 5.1.1 $: "550 User unknown"
`;
