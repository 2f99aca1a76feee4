/**
 * OpenSMTPD with a private configuration and its own view of the directories that are compiled in. It has no PIPELINING;
 * the handshake of Debian's version fails with OpenSSL 3 (OpenSMTPD issue 1239), so that there is no TLS and no AUTH.
 */

import { copyFile } from "node:fs/promises";

import type { Certificates } from "../../support/certificates.js";
import { check } from "../../support/process.js";
import { OPENSMTPD } from "../software.js";
import { launch, type Server } from "./launch.js";
import { type Delivered, Mailbox } from "./mailbox.js";

/** Without TLS, and with a STARTTLS that always fails. */
export type Port = "plain" | "starttls";

/** Starts OpenSMTPD, with the same recipients as Postfix here. Mail for other domains goes on to the port `next`. Needs root. */
export function startOpenSmtpd(certificates: Certificates, next?: number): Promise<Server<Port>> {
  return launch<Port>({
    name: "OpenSMTPD",
    ports: ["plain", "starttls"],
    async prepare(place) {
      await place.directories(["run", "lib/opensmtpd/empty", "spool/smtpd", "keys"]);
      await place.directories(["mail"], "mail");
      await check("chmod", ["711", place.at("spool/smtpd")]);
      const { certFile, keyFile } = certificates.good;
      await copyFile(keyFile, place.at("keys/key.pem"));
      await check("chmod", ["600", place.at("keys/key.pem")]);
      await place.write("smtpd.conf", configuration(place.path, place.port, certFile, next));
      await place.write("start", START, 0o755);
      const unshare = ["unshare", "--mount", "--propagation", "private"] as const;
      return [...unshare, place.at("start"), `${OPENSMTPD}/usr`, place.path];
    },
    mailbox: (place) => new Mailbox(place.at("mail/new"), read),
  });
}

/** Takes off what OpenSMTPD puts in front, and makes line ends CRLF again. */
function read(file: Buffer): Delivered {
  const text = file.toString("latin1");
  const added = /^Return-Path: <?(.*?)>?\nDelivered-To: (.*)\nReceived: .*\n(?:[ \t].*\n)*/.exec(
    text.slice(0, 4096),
  );
  if (added === null) throw new Error(`not a delivery of OpenSMTPD:\n${text.slice(0, 1000)}`);
  const utf8 = (text: string): string => Buffer.from(text, "latin1").toString();
  return {
    from: utf8(added[1]!),
    to: [utf8(added[2]!)],
    content: Buffer.from(text.slice(added[0].length).replaceAll("\n", "\r\n"), "latin1"),
  };
}

const START = `#!/bin/sh
# start USR DIR: USR is where the package's /usr is
set -e
cd "$2"
mount --bind "$1/libexec" /usr/libexec
mount --bind lib /var/lib
mount --bind spool /var/spool
mount --bind run /run
exec "$1/sbin/smtpd" -F -f "$2/smtpd.conf"
`;

const configuration = (
  dir: string,
  port: Record<Port, number>,
  certFile: string,
  next: number | undefined,
): string => `
pki localhost cert "${certFile}"
pki localhost key "${dir}/keys/key.pem"
table boxes { bob = mail, alice = mail, "jörg" = mail }
table anyone { "@" = mail }
smtp max-message-size 50M
listen on 127.0.0.1 port ${port.plain} hostname opensmtpd.test
listen on 127.0.0.1 port ${port.starttls} hostname opensmtpd.test tls pki localhost
action "mailbox" maildir "${dir}/mail" virtual <boxes>
action "rest" ${next === undefined ? `maildir "${dir}/mail/rest" virtual <anyone>` : `relay host smtp+notls://127.0.0.1:${next} helo opensmtpd.test`}
match from any for domain "example.test" action "mailbox"
match from local for any action "rest"
`;
