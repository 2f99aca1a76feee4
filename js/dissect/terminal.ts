/**
 * What a terminal shows of telnet, netcat or `openssl s_client`: replies and, where they were typed, commands, with nothing
 * before them. What is neither shows who sent it by nothing; between 354 and a dot it is content.
 */
import type { Side } from "./recording.js";
import type { LogReader } from "./lines.js";

const REPLY = /^[2-5]\d\d(?:[ -]|$)/;
const COMMAND =
  /^(?:EHLO|HELO|LHLO|MAIL FROM:|RCPT TO:|DATA$|BDAT |RSET$|NOOP|QUIT$|STARTTLS$|AUTH |VRFY |EXPN |HELP|ETRN |XCLIENT |XFORWARD )/i;

export const terminal: LogReader = {
  sender(text): Side | undefined {
    if (REPLY.test(text)) return "server";
    return COMMAND.test(text) ? "client" : undefined;
  },

  read(lines, log) {
    let challenged = false;
    for (const line of lines) {
      const { text, number } = line;
      const session = log.open();
      if (session?.inContent === true) session.line("client", text, number);
      else if (REPLY.test(text)) {
        log.sessionOf(text).line("server", text, number);
        challenged = text.startsWith("334");
      } else if (challenged || COMMAND.test(text)) {
        log.session().line("client", text, number);
        challenged = false;
      } else if (/^Connection closed by foreign host|^closed$/.test(text)) session?.closed("server", number);
      else if (/^(?:SSL handshake has read|Connected to |CONNECTED\()/.test(text)) begun(text, number);
      else log.skip(line);
    }

    /** s_client has gone through STARTTLS by itself before it shows anything. */
    function begun(text: string, number: number): void {
      if (!text.startsWith("SSL")) log.begin();
      else log.session().secured(number);
    }
  },
};
