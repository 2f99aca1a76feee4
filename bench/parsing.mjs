// Messages to parse, and who parses them: each to the end, contents decoded.
import { randomBytes } from "node:crypto";

const CRLF = (text) => text.replaceAll("\n", "\r\n");

/** A multipart message of 1.4 kB. */
export const small = Buffer.from(
  CRLF(`Return-Path: <ann@a.example>
Received: from mx.a.example (mx.a.example [192.0.2.1])
 by mx.b.example with ESMTPS id 4XyZ12abc; Tue, 3 Mar 2026 10:11:12 +0100 (CET)
From: =?utf-8?q?Ann_M=C3=BCller?= <ann@a.example>
To: Bob Brown <bob@b.example>, "Carol, the Great" <carol@b.example>
Cc: dave@c.example
Subject: =?utf-8?B?WnVzYW1tZW5mYXNzdW5nIGRlcyBUcmVmZmVucyBhbSBEaWVuc3RhZw==?=
Date: Tue, 03 Mar 2026 10:11:10 +0100
Message-ID: <5f3c0c3e-7f2a-4d62-9b1e-0d6f7f1f8f10@a.example>
In-Reply-To: <1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed@b.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b1c2d3e4f5"

--=_b1c2d3e4f5
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hallo Bob,

hier die Punkte von heute: B=C3=BCro, K=C3=BCche, Gr=C3=BC=C3=9Fe an alle.
Der n=C3=A4chste Termin ist am Donnerstag.

Ann
--=_b1c2d3e4f5
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+SGFsbG8gQm9iLDwvcD48cD5oaWVyIGRpZSBQdW5rdGUgdm9uIGhldXRlOiBCw7xybywgS8O8
Y2hlLCBHcsO8w59lIGFuIGFsbGUuPC9wPjxwPkRlciBuw6RjaHN0ZSBUZXJtaW4gaXN0IGFtIERv
bm5lcnN0YWcuPC9wPjxwPkFubjwvcD4=
--=_b1c2d3e4f5--
`),
);

/** The same with an attachment that makes it about 4 MB. */
export const large = Buffer.concat([
  Buffer.from(
    CRLF(`From: Ann <ann@a.example>
To: bob@b.example
Subject: The report
Date: Tue, 03 Mar 2026 10:11:10 +0100
Message-ID: <1@a.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_b1c2d3e4f5"

--=_b1c2d3e4f5
Content-Type: text/plain; charset=utf-8

Here it is.
--=_b1c2d3e4f5
Content-Type: application/pdf; name=report.pdf
Content-Disposition: attachment; filename=report.pdf
Content-Transfer-Encoding: base64

`),
  ),
  Buffer.from(randomBytes(2_900_000).toString("base64").replace(/.{76}/g, "$&\r\n")),
  Buffer.from("\r\n--=_b1c2d3e4f5--\r\n"),
]);

/** Each takes octets and gives something to check: the attachments' octets and the text's length. */
const PARSERS = {
  async edgepost() {
    const { parse } = await import("edgepost");
    return async (octets) => {
      const { text, attachments } = await parse(octets);
      return [text.length, attachments.reduce((sum, { content }) => sum + content.length, 0)];
    };
  },
  async "postal-mime"() {
    const { default: PostalMime } = await import("postal-mime");
    return async (octets) => {
      const { text, attachments } = await PostalMime.parse(octets);
      return [text.length, attachments.reduce((sum, { content }) => sum + content.byteLength, 0)];
    };
  },
  async mailparser() {
    const { simpleParser } = await import("mailparser");
    return async (octets) => {
      const { text, attachments } = await simpleParser(octets, { skipImageLinks: true });
      return [text.length, attachments.reduce((sum, { content }) => sum + content.length, 0)];
    };
  },
};

/** Contenders that parse `octets` so many times a run; `figure` makes of messages a second what is measured. */
export function parsers(octets, times, figure) {
  return (_, { quick }) =>
    Object.entries(PARSERS).map(([who, load]) => ({
      who,
      against: "memory",
      needs: [who],
      run: async () => {
        const parse = await load();
        const count = Math.ceil((who === "edgepost" ? times * 5 : times) / (quick ? 4 : 1));
        const begin = performance.now();
        for (let at = 0; at < count; at++) await check(who, parse, octets);
        return figure(count / ((performance.now() - begin) / 1000));
      },
    }));
}

async function check(who, parse, octets) {
  const [text, attached] = await parse(octets);
  if (text < 10 || (octets === large && attached !== 2_900_000))
    throw new Error(`${who} has not read the message: ${text} characters, ${attached} octets`);
}

/** At least five times the better of the peers is the goal; a table has a row for each. */
export const goal = ({ ours, theirs }) => ({
  text: "at least 5 times",
  met: ours.median >= 5 * theirs.median,
});
