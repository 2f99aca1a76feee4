/** Taking connections where a runtime can open ports. */
import type { Transport } from "edgepost";
import type { Listener, ListenOptions } from "edgepost/tcp";
import type { Environment } from "../suite.js";

/** What the command line says, which run.ts writes. */
export interface Settings {
  readonly control: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly only?: string;
}

/** How a runtime accepts, by its `listen`. */
export function accepting(
  listen: (options: ListenOptions) => Listener,
  { cert, key }: Settings,
): NonNullable<Environment["accept"]> {
  return async (tls, taken) => {
    const secured = tls !== "off" && { tls: { cert, key, implicit: tls === "implicit" } };
    const listener = listen({ port: 0, host: "127.0.0.1", ...secured });
    const take = async (): Promise<void> => {
      for await (const transport of listener) void taken(transport as Transport);
    };
    const over = take();
    await listener.ready;
    return {
      port: listener.port,
      async stop() {
        await listener.close();
        await over;
      },
    };
  };
}
