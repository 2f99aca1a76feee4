/** Which version of the package this command belongs to. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The version of the package that this file was built into. */
export async function packageVersion(): Promise<string> {
  const path = fileURLToPath(import.meta.resolve("edgepost/package.json"));
  return (JSON.parse(await readFile(path, "utf8")) as { version: string }).version;
}
