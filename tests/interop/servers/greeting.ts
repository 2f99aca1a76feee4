/** Waiting for a server that was just started. */

import type { Running } from "../../support/process.js";
import { Raw } from "../../support/raw.js";

/** Resolves when the server greets on `port`; rejects when it ends or has not greeted within 30 s. */
export async function greeted(server: Running, port: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await greets(port);
    } catch (error) {
      if (!server.running) throw new Error(`the server ended\n${server.log()}`, { cause: error });
      if (Date.now() > deadline) throw new Error("the server did not greet in time", { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

async function greets(port: number): Promise<void> {
  await using session = await Raw.connect(port);
  const reply = await session.reply();
  if (!reply[0]?.startsWith("220")) throw new Error(`the greeting was ${reply.join("\n")}`);
  session.write("QUIT\r\n");
  await session.reply();
}
