/** What stands beside the page where `edgepost playground` serves it: a bridge, and a server that keeps what it gets. */

export interface Beside {
  /** The bridge's address. */
  readonly bridge: string;
  /** What it reaches; the first is the server that keeps what it gets. */
  readonly servers: readonly [Place, ...Place[]];
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Null: nothing is; the page's own file says so. */
export async function lookBeside(): Promise<Beside | null> {
  return await fetched<Beside | null>("./live.json").catch(() => null);
}

/** JSON from where the page is from; rejects where there is none. */
export async function fetched<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok || !response.headers.get("content-type")?.startsWith("application/json"))
    throw new Error("not there");
  return (await response.json()) as T;
}
