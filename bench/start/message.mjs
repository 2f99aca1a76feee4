// The message that is read first.
export const subject = "hello";
export const message = new TextEncoder().encode(
  `From: Alice <alice@example.test>\r\nTo: Bob <bob@example.test>\r\nSubject: ${subject}\r\n` +
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGood morning.\r\n",
);
