/** What the bundler makes of an import that it is told to. */
declare module "*?url" {
  const address: string;
  export default address;
}

/** The lessons, as the build has made them of Markdown. */
declare module "virtual:chapters" {
  export interface Chapter {
    readonly id: string;
    readonly number: number;
    readonly title: string;
    readonly about: string;
    /** The exercises in it, in order. */
    readonly exercises: readonly string[];
    /** Its text, as HTML. */
    load(): Promise<string>;
  }
  export const CHAPTERS: readonly Chapter[];
}

interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
