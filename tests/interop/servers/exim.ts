/** Exim with a private configuration and spool. It enforces that clients wait where they have to. */

import { copyFile } from "node:fs/promises";

import type { Certificates } from "../../support/certificates.js";
import { check } from "../../support/process.js";
import { EXIM } from "../software.js";
import { launch, type Server } from "./launch.js";
import { type Delivered, Mailbox } from "./mailbox.js";

/** Without TLS, but with AUTH; with STARTTLS; with implicit TLS. */
export type Port = "plain" | "starttls" | "implicit";

/** Where mail for other domains than example.test goes on to; it is discarded without one. */
export interface Next {
  port: number;
  lmtp?: boolean;
}

/** Starts Exim, with the same user and recipients as Postfix here. Needs root. */
export function startExim(certificates: Certificates, next?: Next): Promise<Server<Port>> {
  return launch<Port>({
    name: "Exim",
    ports: ["plain", "starttls", "implicit"],
    logFile: "logs/main",
    async prepare(place) {
      await place.directories(["spool", "logs", "mail"], "Debian-exim");
      // Deliveries run it as another user, who may not look into the cache.
      await copyFile(EXIM, place.at("exim"));
      const { certFile, keyFile } = certificates.good;
      await place.directories(["keys"]);
      await copyFile(keyFile, place.at("keys/key.pem"));
      await check("chown", ["Debian-exim:", place.at("keys/key.pem")]);
      await place.write(
        "exim.conf",
        configuration(place.path, place.port, certFile, certificates.caFile, next),
      );
      return [place.at("exim"), "-C", place.at("exim.conf"), "-bdf", "-q1m"];
    },
    mailbox: (place) => new Mailbox(place.at("mail/new"), read),
  });
}

/** Takes off what Exim puts in front, and makes line ends CRLF again. */
function read(file: Buffer): Delivered {
  const text = file.toString("latin1");
  const added =
    /^Return-path: <(.*)>\nEnvelope-to: (.*)\nDelivery-date: .*\nReceived: .*\n(?:[ \t].*\n)*/.exec(
      text.slice(0, 4096),
    );
  if (added === null) throw new Error(`not a delivery of Exim:\n${text.slice(0, 1000)}`);
  const utf8 = (text: string): string => Buffer.from(text, "latin1").toString();
  return {
    from: utf8(added[1]!),
    to: utf8(added[2]!).split(", "),
    content: Buffer.from(text.slice(added[0].length).replaceAll("\n", "\r\n"), "latin1"),
  };
}

function configuration(
  dir: string,
  port: Record<Port, number>,
  certFile: string,
  caFile: string,
  next: Next | undefined,
): string {
  return `
exim_path = ${dir}/exim
spool_directory = ${dir}/spool
log_file_path = ${dir}/logs/%s
pid_file_path = ${dir}/spool/pid
primary_hostname = exim.test
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = ${port.plain} : ${port.starttls} : ${port.implicit}
tls_on_connect_ports = ${port.implicit}
tls_certificate = ${certFile}
tls_privatekey = ${dir}/keys/key.pem
tls_advertise_hosts = \${if eq{$received_port}{${port.plain}}{}{*}}
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
pipelining_connect_advertise_hosts = *
prdr_enable = true
smtp_enforce_sync = true
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = 50M
smtp_accept_max = 200
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 0
acl_smtp_rcpt = rcpt
acl_smtp_data_prdr = prdr
acl_smtp_vrfy = accept
acl_smtp_expn = accept
acl_smtp_etrn = accept
smtp_etrn_command = /bin/true
never_users =
trusted_users = root
remote_max_parallel = 1

begin acl
rcpt:
  deny   message = User unknown
         domains = example.test
         !local_parts = bob : alice : jörg
  deny   message = no such user
         local_parts = refused
         domains = exim.test
  accept hosts = 127.0.0.1
prdr:
  deny   message = not this content, says the recipient
         condition = \${if match{$message_headers}{X-Unwanted-By: $local_part}}
  accept

begin routers
mailbox:
  driver = accept
  domains = example.test
  transport = maildir
${next === undefined ? DISCARD : onward(next)}

begin transports
maildir:
  driver = appendfile
  directory = ${dir}/mail
  maildir_format
  delivery_date_add
  envelope_to_add
  return_path_add
  user = Debian-exim
smtp:
  driver = smtp
  port = ${next?.port ?? 0}
  protocol = ${next?.lmtp === true ? "lmtp" : "smtp"}
  helo_data = exim.test
  allow_localhost
  hosts_try_chunking = *
  hosts_try_prdr = *
  hosts_try_auth = *
  hosts_try_fastopen =
  tls_verify_certificates = ${caFile}
  tls_verify_hosts = *

begin retry
* * F,1h,10m

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{user}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2
  client_send = ^user^secret
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{user}}{eq{$auth2}{secret}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{$auth1}{user}{secret}fail}
  server_set_id = $auth1
  client_name = user
  client_secret = secret
`;
}

const DISCARD = `
rest:
  driver = redirect
  data = :blackhole:
`;

const onward = ({ port }: Next): string => `
rest:
  driver = manualroute
  route_list = * 127.0.0.1::${port} byname
  self = send
  transport = smtp
`;
