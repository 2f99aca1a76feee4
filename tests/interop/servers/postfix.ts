/** Postfix with a private configuration, queue and data directory, on ports of 127.0.0.1 chosen by the system. */

import { chown, mkdir, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Certificate, Certificates } from "../../support/certificates.js";
import { freePorts } from "../../support/ports.js";
import { check, type Running, start } from "../../support/process.js";
import { temporary } from "../../support/temporary.js";
import { greeted } from "./greeting.js";
import { type Delivered, Mailbox } from "./mailbox.js";
import { program } from "../software.js";

/** The listeners. Each but `plain` has TLS: those named so from the start, the others by STARTTLS. */
export type Port =
  | "plain" // no TLS; AUTH in the clear
  | "starttls"
  | "implicit"
  | "submission" // AUTH is required, and offered after STARTTLS only
  | "submissions" // AUTH is required; implicit TLS
  | "expired"
  | "wrongName"
  | "unknownCa"
  | "expiredImplicit"
  | "wrongNameImplicit"
  | "unknownCaImplicit";

/** A running Postfix. `user` logs in with `secret`; bob, alice and jörg receive mail at example.test, nobody else does. */
export interface Postfix extends AsyncDisposable {
  readonly port: Record<Port, number>;
  readonly mailbox: Mailbox;
  /** What it logged, whole. */
  log(): string;
  stop(): Promise<void>;
}

/** Ports of localhost where mail for other domains than example.test goes on to. */
export interface Next {
  /** A server with STARTTLS: for all domains but these. */
  starttls: number;
  /** For lmtp.test: a server that speaks LMTP. */
  lmtp?: number;
  /** For implicit.test: a server with implicit TLS. */
  implicit?: number;
}

/**
 * Starts Postfix and waits until it greets. Needs root. Mail for other domains than example.test goes on to `next`, and is
 * discarded without it. It logs in as `user` there, and says by XFORWARD who the client was. `verbose` has it log what is said.
 */
export async function startPostfix(
  certificates: Certificates,
  next?: Next,
  verbose = false,
): Promise<Postfix> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(certificates, next, verbose ? VERBOSE : "");
    } catch (error) {
      if (attempt === 3) throw error; // a port may have been taken by another program in between
    }
  }
}

const REQUIRE_AUTH = "-o smtpd_client_restrictions=permit_sasl_authenticated,reject";
const IMPLICIT = "-o smtpd_tls_wrappermode=yes";

const VERBOSE = "\ndebug_peer_list = 127.0.0.1\ndebug_peer_level = 1\n";

async function startOnce(
  certificates: Certificates,
  next: Next | undefined,
  settings: string,
): Promise<Postfix> {
  const root = await temporary(0o711);
  const dir = root.path;
  const at = (name: string): string => join(dir, name);
  const chain = ({ keyFile, certFile }: Certificate): string =>
    `-o smtpd_tls_chain_files=${keyFile},${certFile}`;
  const services: Record<Port, string> = {
    plain: "-o smtpd_tls_security_level=none",
    starttls: chain(certificates.good),
    implicit: `${chain(certificates.good)} ${IMPLICIT}`,
    submission: `${chain(certificates.good)} -o smtpd_tls_auth_only=yes ${REQUIRE_AUTH}`,
    submissions: `${chain(certificates.good)} ${IMPLICIT} ${REQUIRE_AUTH}`,
    expired: chain(certificates.expired),
    wrongName: chain(certificates.wrongName),
    unknownCa: chain(certificates.unknownCa),
    expiredImplicit: `${chain(certificates.expired)} ${IMPLICIT}`,
    wrongNameImplicit: `${chain(certificates.wrongName)} ${IMPLICIT}`,
    unknownCaImplicit: `${chain(certificates.unknownCa)} ${IMPLICIT}`,
  };
  const names = Object.keys(services) as Port[];
  const ports = await freePorts(names.length);
  const port = Object.fromEntries(names.map((name, i) => [name, ports[i]])) as Record<Port, number>;
  const listeners = names.map((name) => `127.0.0.1:${port[name]} inet n - n - - smtpd ${services[name]}`);

  let server: Running | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    await root.remove();
  };
  const log = (): string => {
    try {
      return readFileSync(at("maillog"), "utf8");
    } catch {
      return server?.log() ?? "";
    }
  };
  try {
    const postconf = program("postconf")!;
    const daemons = (await check(postconf, ["-dh", "daemon_directory"])).stdout.toString().trim();
    const relay = next === undefined ? "" : onward(dir, next, certificates.caFile);
    const [uid, gid] = await Promise.all(
      ["-u", "-g"].map(async (which) => +(await check("id", [which, "postfix"])).stdout),
    );
    for (const name of ["etc/sasl", "queue", "data", "mail/new"]) await mkdir(at(name), { recursive: true });
    for (const name of ["data", "mail", "mail/new"]) await chown(at(name), uid!, gid!);
    await writeFile(at("etc/main.cf"), main(dir, daemons, uid!, gid!) + relay + settings);
    await writeFile(at("etc/master.cf"), [...listeners, SERVICES].join("\n"));
    await writeFile(at("etc/transport"), next === undefined ? "" : transports(next));
    // In a file, as a dollar sign in an inline table would be expanded.
    await writeFile(at("etc/boxes"), "/^(bob|alice|jörg)@example\\.test$/ mail/\n");
    // Debian's Postfix looks for the SASL configuration in its own configuration directory.
    await writeFile(
      at("etc/sasl/smtpd.conf"),
      `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${at("etc/sasl/users")}\nmech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256\n`,
    );
    const realm = ["-p", "-c", "-f", at("etc/sasl/users"), "-u", "postfix.test", "user"];
    await check(program("saslpasswd2")!, realm, { input: "secret" });
    await chown(at("etc/sasl/users"), uid!, gid!);
    await check(program("postfix")!, ["-c", at("etc"), "check"]);

    const master = [join(daemons, "master"), "-c", at("etc"), "-s"];
    // So that it ends with this process even if that is killed.
    const setpriv = program("setpriv");
    if (setpriv !== undefined) master.unshift(setpriv, "--pdeathsig", "TERM");
    server = start(master[0]!, master.slice(1));
    await greeted(server, port.plain);
  } catch (error) {
    const logged = log();
    await stop();
    throw new Error(`Postfix did not start: ${(error as Error).message}\n${logged.slice(-2_000)}`, {
      cause: error,
    });
  }
  const mailbox = new Mailbox(at("mail/new"), read);
  return { port, mailbox, log, stop, [Symbol.asyncDispose]: stop };
}

/** Takes off what Postfix puts in front, and makes line ends CRLF again. */
function read(file: Buffer): Delivered {
  const text = file.toString("latin1");
  const added =
    /^Return-Path: <(.*)>\nX-Original-To: .*\nDelivered-To: (.*)\nReceived: .*\n(?:[ \t].*\n)*/.exec(
      text.slice(0, 4096),
    );
  if (added === null) throw new Error(`not a delivery of Postfix:\n${text.slice(0, 1000)}`);
  const utf8 = (text: string): string => Buffer.from(text, "latin1").toString();
  return {
    from: utf8(added[1]!),
    to: [utf8(added[2]!)],
    content: Buffer.from(text.slice(added[0].length).replaceAll("\n", "\r\n"), "latin1"),
  };
}

const main = (dir: string, daemons: string, uid: number, gid: number): string => `
compatibility_level = 3.6
queue_directory = ${dir}/queue
data_directory = ${dir}/data
maillog_file = ${dir}/maillog
maillog_file_prefixes = ${dir}
daemon_directory = ${daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtpd_peername_lookup = no
alias_maps =
alias_database =
local_recipient_maps =
notify_classes =
enable_long_queue_ids = yes

# leave the header as it is
local_header_rewrite_clients =

virtual_mailbox_domains = example.test
virtual_mailbox_base = ${dir}
virtual_mailbox_maps = regexp:${dir}/etc/boxes
virtual_uid_maps = static:${uid}
virtual_gid_maps = static:${gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 52428800
smtputf8_enable = yes
default_transport = discard:
relay_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination

smtpd_authorized_xclient_hosts = 127.0.0.0/8

# for ETRN
fast_flush_domains = example.test

smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = postfix.test

# no delays that are there to slow down abusers
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
`;

const onward = (dir: string, { starttls }: Next, caFile: string): string => `
default_transport = smtp:[localhost]:${starttls}
transport_maps = regexp:${dir}/etc/transport
smtp_host_lookup = native
smtp_tls_security_level = secure
smtp_tls_secure_cert_match = hostname
smtp_tls_CAfile = ${caFile}
smtp_helo_name = postfix.test
smtp_line_length_limit = 0
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = static:user:secret
smtp_sasl_security_options = noanonymous
smtp_send_xforward_command = yes
lmtp_send_xforward_command = yes
`;

const transports = ({ lmtp, implicit }: Next): string => `
/@lmtp\\.test$/ lmtp:inet:127.0.0.1:${lmtp ?? 24}
/@implicit\\.test$/ smtps:[localhost]:${implicit ?? 465}
`;

const SERVICES = `
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
smtps unix - - n - - smtp -o smtp_tls_wrappermode=yes
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
