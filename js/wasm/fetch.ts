/** Where browsers, bundlers and other hosts find the module: an asset beside this file, by its URL. */

/**
 * The module's address; bundlers know this form and copy the file.
 * @internal
 */
export function source(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/edgepost_bg.wasm", import.meta.url));
}
