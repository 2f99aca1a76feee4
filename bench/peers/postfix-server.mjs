// Postfix itself as a server, as the interop tests start it: it takes mail for any domain but example.test and discards it.
import { register } from "tsx/esm/api";

register();

export async function listen() {
  const { startPostfix } = await import("../../tests/interop/servers/postfix.ts");
  const { certificates } = await import("../../tests/support/certificates.ts");
  const { temporary } = await import("../../tests/support/temporary.ts");
  const folder = await temporary(0o711);
  const postfix = await startPostfix(await certificates(folder.path)); // it ends with this process
  return { port: postfix.port.plain };
}
