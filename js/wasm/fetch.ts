/** Where browsers, bundlers and other hosts find the modules: assets beside this file, by their URLs. */

/** The address of the module that sends; bundlers know this form and copy the file. */
export function sending(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/sending_bg.wasm", import.meta.url));
}

/** The address of the module that composes. */
export function composing(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/composing_bg.wasm", import.meta.url));
}

/** The address of the module that reads messages. */
export function reading(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/reading_bg.wasm", import.meta.url));
}

/** The address of the module that serves. */
export function serving(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/serving_bg.wasm", import.meta.url));
}
