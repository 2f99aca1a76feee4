// A first session, as edgepost-send.mjs has it.
import { Duplex } from "node:stream";
import SMTPConnection from "nodemailer/lib/smtp-connection";

export function start() {
  const socket = new Duplex({
    read() {},
    write(_octets, _encoding, done) {
      socket.push("250-server.test\r\n250 PIPELINING\r\n");
      done();
    },
  });
  socket.push("220 server.test\r\n");
  const ignored = () => socket;
  Object.assign(socket, { setKeepAlive: ignored, setTimeout: ignored });
  const connection = new SMTPConnection({ connection: socket, name: "client.test", ignoreTLS: true });
  return new Promise((resolve, reject) => {
    connection.once("error", reject);
    connection.connect(() => resolve(true));
  });
}
