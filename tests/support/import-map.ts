/** The package for pages without a bundler: what its package.json says to one, as an import map says it to a browser. */

/** A path, or one for each condition. */
type Target = string | { readonly [condition: string]: Target };

/** The part of package.json that is looked at. */
export interface Manifest {
  readonly exports: Readonly<Record<string, Target>>;
  readonly imports: Readonly<Record<string, Target>>;
}

/** What the HTML standard calls an import map. */
export interface ImportMap {
  readonly imports: Readonly<Record<string, string>>;
  readonly scopes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The conditions of package.json that a browser meets. */
const CONDITIONS = ["browser", "import", "default"];

/** For the package at a path that ends in a slash, as `/node_modules/edgepost/`. */
export function importMap({ exports, imports }: Manifest, at: string): ImportMap {
  const entries = (targets: Readonly<Record<string, Target>>): [string, string][] =>
    Object.entries(targets).map(([name, target]) => [
      name.replace(/^\./, "edgepost"),
      chosen(target).replace("./", at),
    ]);
  return {
    imports: Object.fromEntries(entries(exports)),
    scopes: { [at]: Object.fromEntries(entries(imports)) },
  };
}

function chosen(target: Target): string {
  if (typeof target === "string") return target;
  const [, found] = Object.entries(target).find(([condition]) => CONDITIONS.includes(condition))!;
  return chosen(found);
}
