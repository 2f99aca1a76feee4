// A session as its two sides write it, for those who measure how fast it is read.

const lines = (text) => Buffer.from(text.trim().replaceAll("\n", "\r\n") + "\r\n");

/** What a server replies; the second reply answers EHLO. */
export const replies = lines(`
220 mx.b.example ESMTP ready
250-mx.b.example greets client.a.example
250-PIPELINING
250-SIZE 26214400
250-8BITMIME
250-SMTPUTF8
250-CHUNKING
250-DSN
250-ENHANCEDSTATUSCODES
250-AUTH PLAIN LOGIN SCRAM-SHA-256
250 HELP
250 2.1.0 Sender <ann@a.example> is welcome
250 2.1.5 Recipient <bob@b.example> is known
550 5.1.1 There is no <nobody@b.example>, see https://b.example/help
250 2.1.5 Recipient <carol.the.great@mail.c.example> is known
354 End data with <CR><LF>.<CR><LF>
250 2.0.0 Ok: queued as 4XyZ12abc
250 2.1.0 Sender is welcome
450-4.2.0 This mailbox is busy, and it will be for a while:
450 4.2.0 try again later
250 2.1.5 Recipient is known
250 2.0.0 1400 octets received, queued as 4XyZ12abd
221 2.0.0 Bye
`);

/** What a client says to that, but for the content. */
export const commands = lines(`
EHLO client.a.example
MAIL FROM:<ann@a.example> SIZE=1400 BODY=8BITMIME RET=HDRS ENVID=QQ314159
RCPT TO:<bob@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob@b.example
RCPT TO:<nobody@b.example>
RCPT TO:<carol.the.great@mail.c.example>
DATA
MAIL FROM:<list-bounces+bob=b.example@lists.a.example> SIZE=1400
RCPT TO:<dave@b.example>
RCPT TO:<"eve the first"@b.example>
BDAT 1400 LAST
RSET
NOOP
QUIT
`);
