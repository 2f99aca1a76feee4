// What the coverage table is about, and which sides each row needs a test for. A document without a row cannot be tagged.

const both = ["client", "server"];

/** `[document, its title, what of it is spoken, the sides that need a test]`; the rows of one document are told apart by section. */
const ROWS = [
  ["RFC 5321", "Simple Mail Transfer Protocol", "sessions, commands, replies, paths", both],
  ["RFC 5321 section 3.5", undefined, "VRFY, EXPN, HELP", both],
  ["RFC 5321 section 4.5.2", undefined, "transparency: dot-stuffing", both],
  ["RFC 5321 section 4.5.3.1", undefined, "sizes and minimums", both],
  ["RFC 5321 section 4.5.3.2", undefined, "timeouts", both],
  ["RFC 1047", "Duplicate Messages and SMTP", "outcomes: what is uncertain is said to be", ["client"]],
  ["RFC 2033", "Local Mail Transfer Protocol", "LMTP", both],

  ["RFC 1870", "SMTP Service Extension for Message Size Declaration", "SIZE", both],
  ["RFC 2920", "SMTP Service Extension for Command Pipelining", "PIPELINING", both],
  [
    "RFC 3030",
    "SMTP Service Extensions for Transmission of Large and Binary MIME Messages",
    "CHUNKING",
    both,
  ],
  ["RFC 3030 section 3", undefined, "BINARYMIME", both],
  ["RFC 6152", "SMTP Service Extension for 8-bit MIME Transport", "8BITMIME", both],
  ["RFC 6531", "SMTP Extension for Internationalized Email", "SMTPUTF8", both],
  ["RFC 6532", "Internationalized Email Headers", "UTF-8 in what is sent under SMTPUTF8", []],
  [
    "RFC 6533",
    "Internationalized Delivery Status and Disposition Notifications",
    "utf-8 addresses in ORCPT",
    both,
  ],
  [
    "RFC 5891",
    "Internationalized Domain Names in Applications (IDNA): Protocol",
    "A-labels for servers without SMTPUTF8",
    ["client"],
  ],
  ["RFC 2034", "SMTP Service Extension for Returning Enhanced Error Codes", "ENHANCEDSTATUSCODES", both],
  ["RFC 3463", "Enhanced Mail System Status Codes", "enhanced status codes", both],
  ["RFC 5248", "A Registry for SMTP Enhanced Mail System Status Codes", "the registry, as data", both],
  ["RFC 7372", "Email Authentication Status Codes", "the registry, as data", []],
  ["RFC 7504", "SMTP 521 and 556 Reply Codes", "521, 556", []],
  [
    "RFC 7505",
    'A "Null MX" No Service Resource Record for Domains That Accept No Mail',
    "the registry, as data",
    [],
  ],
  ["RFC 3207", "SMTP Service Extension for Secure SMTP over Transport Layer Security", "STARTTLS", both],
  [
    "RFC 8314",
    "Cleartext Considered Obsolete: Use of Transport Layer Security (TLS) for Email Submission and Access",
    "implicit TLS",
    both,
  ],
  ["RFC 8689", "SMTP Require TLS Option", "REQUIRETLS", both],
  [
    "RFC 3461",
    "Simple Mail Transfer Protocol (SMTP) Service Extension for Delivery Status Notifications (DSNs)",
    "DSN",
    both,
  ],
  ["RFC 2852", "Deliver By SMTP Service Extension", "DELIVERBY", both],
  ["RFC 4865", "SMTP Submission Service Extension for Future Message Release", "FUTURERELEASE", both],
  [
    "RFC 6710",
    "Simple Mail Transfer Protocol Extension for Message Transfer Priorities",
    "MT-PRIORITY",
    both,
  ],
  ["RFC 9422", "The LIMITS SMTP Service Extension", "LIMITS", both],
  ["RFC 7293", "The Require-Recipient-Valid-Since Header Field and SMTP Service Extension", "RRVS", both],
  [
    "RFC 3865",
    "A No Soliciting Simple Mail Transfer Protocol (SMTP) Service Extension",
    "NO-SOLICITING",
    both,
  ],
  ["RFC 4468", "Message Submission BURL Extension", "BURL, parsed", ["server"]],
  ["RFC 1845", "SMTP Service Extension for Checkpoint/Restart", "CHECKPOINT, parsed", ["server"]],
  ["RFC 1985", "SMTP Service Extension for Remote Message Queue Starting", "ETRN", both],
  ["PRDR", "draft-hall-prdr-00", "PRDR", both],

  ["RFC 4954", "SMTP Service Extension for Authentication", "AUTH", both],
  ["RFC 4422", "Simple Authentication and Security Layer (SASL)", "the frame of all mechanisms", []],
  ["RFC 4422 section A", undefined, "EXTERNAL", both],
  ["RFC 4505", "Anonymous Simple Authentication and Security Layer (SASL) Mechanism", "ANONYMOUS", both],
  ["RFC 4616", "The PLAIN Simple Authentication and Security Layer (SASL) Mechanism", "PLAIN", both],
  ["LOGIN", "draft-murchison-sasl-login-00", "LOGIN", both],
  [
    "RFC 2195",
    "IMAP/POP AUTHorize Extension for Simple Challenge/Response",
    "CRAM-MD5, off by default",
    both,
  ],
  [
    "RFC 5802",
    "Salted Challenge Response Authentication Mechanism (SCRAM) SASL and GSS-API Mechanisms",
    "SCRAM-SHA-1 and its -PLUS",
    both,
  ],
  [
    "RFC 7677",
    "SCRAM-SHA-256 and SCRAM-SHA-256-PLUS Simple Authentication and Security Layer (SASL) Mechanisms",
    "SCRAM-SHA-256 and its -PLUS",
    both,
  ],
  ["RFC 5929", "Channel Bindings for TLS", "tls-server-end-point", both],
  ["RFC 9266", "Channel Bindings for TLS 1.3", "tls-exporter", both],
  [
    "RFC 7628",
    "A Set of Simple Authentication and Security Layer (SASL) Mechanisms for OAuth",
    "OAUTHBEARER",
    both,
  ],
  ["XOAUTH2", "Google's SASL mechanism for OAuth 2.0", "XOAUTH2", both],
  [
    "RFC 8265",
    "Preparation, Enforcement, and Comparison of Internationalized Strings Representing Usernames and Passwords",
    "how passwords are prepared",
    both,
  ],

  ["XCLIENT", "Postfix's XCLIENT_README", "XCLIENT", both],
  ["XFORWARD", "Postfix's XFORWARD_README", "XFORWARD", ["server"]],
  ["PROXY", "HAProxy's PROXY protocol, versions 1 and 2", "PROXY v1 and v2", both],

  ["RFC 3339", "Date and Time on the Internet: Timestamps", "date-times in parameters", []],
  ["RFC 3886", "An Extensible Message Format for Message Tracking Responses", "its status codes", []],
  ["RFC 4648", "The Base16, Base32, and Base64 Data Encodings", "base64", []],
  ["RFC 5322", "Internet Message Format", "messages", []],
  [
    "RFC 2045",
    "Multipurpose Internet Mail Extensions (MIME) Part One: Format of Internet Message Bodies",
    "content transfer encodings of what is composed",
    ["client"],
  ],
  [
    "RFC 2046",
    "Multipurpose Internet Mail Extensions (MIME) Part Two: Media Types",
    "the structure of what is composed",
    ["client"],
  ],
  [
    "RFC 2231",
    "MIME Parameter Value and Encoded Word Extensions: Character Sets, Languages, and Continuations",
    "names of files",
    ["client"],
  ],
  [
    "RFC 2047",
    "MIME (Multipurpose Internet Mail Extensions) Part Three: Message Header Extensions for Non-ASCII Text",
    "encoded words",
    ["client"],
  ],
  ["RFC 6047", "iCalendar Message-Based Interoperability Protocol (iMIP)", "invitations", ["client"]],
  [
    "RFC 8058",
    "Signaling One-Click Functionality for List Email Headers",
    "how to leave a mailing list",
    ["client"],
  ],
  ["RFC 3156", "MIME Security with OpenPGP", "containers for what was signed or encrypted", ["client"]],
  [
    "RFC 8551",
    "Secure/Multipurpose Internet Mail Extensions (S/MIME) Version 4.0 Message Specification",
    "containers for what was signed or encrypted",
    ["client"],
  ],
  ["RFC 6409", "Message Submission for Mail", "submission", []],
];

export const rows = ROWS.map(([name, title, what, required]) => {
  const [document, section] = name.split(" section ");
  return { document, section, title, what, required };
});
