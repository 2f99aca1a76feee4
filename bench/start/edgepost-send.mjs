// A first session: the module that sends is loaded, the greeting read, EHLO said, and its reply read.
import { connect } from "edgepost";

export async function start() {
  let replies;
  const readable = new ReadableStream({ start: (controller) => void (replies = controller) });
  const reply = (text) => replies.enqueue(new TextEncoder().encode(text));
  const writable = new WritableStream({ write: () => reply("250-server.test\r\n250 PIPELINING\r\n") });
  reply("220 server.test\r\n");
  const close = async () => {};
  const transport = { readable, writable, secure: false, close, [Symbol.asyncDispose]: close };
  const { capabilities } = await connect(transport, { name: "client.test", tls: "off" });
  return capabilities.length === 1;
}
