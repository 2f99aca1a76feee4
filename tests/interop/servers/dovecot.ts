/** Dovecot: a submission proxy in front of another server, and an LMTP server with a mailbox of its own. */

import type { Certificates } from "../../support/certificates.js";
import { normalized } from "../messages.js";
import { launch, type Server } from "./launch.js";
import { type Delivered, Mailbox } from "./mailbox.js";

/** LMTP; submission with STARTTLS, and AUTH also in the clear; submission with implicit TLS. */
export type Port = "lmtp" | "starttls" | "implicit";

/** Starts Dovecot; `user` submits with `secret` and mail goes on to the port `next`. The mailbox is LMTP's. Needs root. */
export function startDovecot(certificates: Certificates, next: number): Promise<Server<Port>> {
  return launch<Port>({
    name: "Dovecot",
    ports: ["lmtp", "starttls", "implicit"],
    logFile: "log",
    async prepare(place) {
      await place.directories(["run"]);
      await place.directories(["mail"], "mail");
      await place.write("dovecot.conf", configuration(place.path, place.port, certificates, next));
      return ["dovecot", "-F", "-c", place.at("dovecot.conf")];
    },
    mailbox: (place) => new Mailbox(place.at("mail/new"), read),
  });
}

/** Takes off what Dovecot puts in front, and makes line ends CRLF again. */
function read(file: Buffer): Delivered {
  const text = file.toString("latin1");
  const added = /^Return-Path: <(.*)>\nDelivered-To: (.*)\n(?:Received: .*\n(?:[ \t].*\n)*)+/.exec(
    text.slice(0, 4096),
  );
  if (added === null) throw new Error(`not a delivery of Dovecot:\n${text.slice(0, 1000)}`);
  return {
    from: added[1]!,
    to: [added[2]!],
    // In chunks a message may end as it was written.
    content: normalized(Buffer.from(text.slice(added[0].length), "latin1")),
  };
}

const configuration = (
  dir: string,
  port: Record<Port, number>,
  { good }: Certificates,
  next: number,
): string => `
base_dir = ${dir}/run
log_path = ${dir}/log
protocols = submission lmtp
listen = 127.0.0.1
hostname = dovecot.test
ssl = yes
ssl_cert = <${good.certFile}
ssl_key = <${good.keyFile}
disable_plaintext_auth = no
auth_failure_delay = 0 secs
auth_mechanisms = plain login cram-md5 scram-sha-256 xoauth2 oauthbearer
mail_location = maildir:${dir}/mail
first_valid_uid = 1
passdb {
  driver = static
  args = password={PLAIN}secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${dir}/mail allow_all_users=yes
}
submission_relay_host = 127.0.0.1
submission_relay_port = ${next}
submission_relay_trusted = yes
submission_relay_ssl = starttls
submission_relay_ssl_verify = no
submission_relay_user = user
submission_relay_password = secret
service submission-login {
  inet_listener submission {
    port = ${port.starttls}
  }
  inet_listener submissions {
    port = ${port.implicit}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port.lmtp}
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`;
