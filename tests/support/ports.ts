/** Ports for programs that cannot be told to let the system choose. */

import { createServer, type Server } from "node:net";

/** Free ports of 127.0.0.1, chosen by the system. Another program may take one first: be ready to ask again. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = held.map((server) => (server.address() as { port: number }).port);
  await Promise.all(held.map((server: Server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
