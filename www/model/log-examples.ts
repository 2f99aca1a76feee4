/** Logs to begin with, written for this page. No DOM. */

export interface LogExample {
  readonly title: string;
  readonly text: string;
}

export const LOG_EXAMPLES: readonly LogExample[] = [
  {
    title: "swaks: an unknown recipient",
    text: `=== Trying mx.example:25...
=== Connected to mx.example.
<-  220 mx.example ESMTP
 -> EHLO client.example
<-  250-mx.example
<-  250-PIPELINING
<-  250-STARTTLS
<-  250 ENHANCEDSTATUSCODES
 -> MAIL FROM:<ann@client.example>
<-  250 2.1.0 OK
 -> RCPT TO:<bob@mx.example>
<** 550 5.1.1 no such user here
 -> QUIT
<-  221 2.0.0 bye
=== Connection closed with remote host.
`,
  },
  {
    title: "Python's smtplib: greylisted",
    text: `send: 'ehlo [127.0.1.1]\\r\\n'
reply: b'250-mx.example\\r\\n'
reply: b'250-SIZE 10240000\\r\\n'
reply: b'250 ENHANCEDSTATUSCODES\\r\\n'
reply: retcode (250); Msg: b'mx.example\\nSIZE 10240000\\nENHANCEDSTATUSCODES'
send: 'mail FROM:<ann@client.example> size=42\\r\\n'
reply: b'250 2.1.0 Ok\\r\\n'
reply: retcode (250); Msg: b'2.1.0 Ok'
send: 'rcpt TO:<bob@mx.example>\\r\\n'
reply: b'450 4.7.1 greylisted, please try again in 5 minutes\\r\\n'
reply: retcode (450); Msg: b'4.7.1 greylisted, please try again in 5 minutes'
send: 'rset\\r\\n'
reply: b'250 2.0.0 Ok\\r\\n'
reply: retcode (250); Msg: b'2.0.0 Ok'
`,
  },
  {
    title: "curl -v: the password is refused",
    text: `* Connected to smtp.example (192.0.2.1) port 587
< 220 smtp.example ESMTP
> EHLO laptop
< 250-smtp.example
< 250-STARTTLS
< 250 AUTH PLAIN LOGIN
> STARTTLS
< 220 2.0.0 Ready to start TLS
> EHLO laptop
< 250-smtp.example
< 250 AUTH PLAIN LOGIN
> AUTH PLAIN
< 334
> AGFubgBzZWNyZXQ=
< 535 5.7.8 authentication failed
* Closing connection
`,
  },
  {
    title: "A transcript: the last reply never came",
    text: `S: 220 mx.example ESMTP
C: EHLO client.example
S: 250-mx.example
S: 250 8BITMIME
C: MAIL FROM:<ann@client.example>
S: 250 OK
C: RCPT TO:<bob@mx.example>
S: 250 OK
C: DATA
S: 354 go ahead
C: Subject: Lunch?
C:
C: Noon.
C: .
`,
  },
];
