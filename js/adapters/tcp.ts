/** What `edgepost/tcp` is where there are no sockets. Everywhere else it is the runtime's own adapter. */
import { InputError } from "../errors.js";
import { checkTcp } from "./options.js";
import type { Listener, ListenOptions, TcpOptions } from "./options.js";
import type { Connector } from "../transport.js";

export type { Listener, ListenOptions, Pem, ServerTlsOptions, TcpOptions, TlsOptions } from "./options.js";

/** Makes a connector: a way to a server over TCP. Throws an `InputError` where a program cannot open one. */
export function tcp(options: TcpOptions): Connector {
  checkTcp(options);
  throw new InputError(
    "there are no TCP sockets here: connect through a bridge, with websocket({ url, host, port }) of edgepost/websocket",
    { field: "tcp" },
  );
}

/** Listens on a TCP port. Throws an `InputError` where a program cannot open one. */
export function listen(_options: ListenOptions): Listener {
  throw new InputError(
    "there are no TCP sockets here, and no way to accept connections: for tests and demonstrations there is loopback()",
    { field: "listen" },
  );
}
