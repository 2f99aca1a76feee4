/** Where browsers, bundlers and other hosts find the modules: assets beside this file, by their URLs. */

/** The address of the module that sends; bundlers know this form and copy the file. */
export function sending(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/sending_bg.wasm", import.meta.url));
}

/** The address of the module that composes. */
export function message(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/message_bg.wasm", import.meta.url));
}

/** The address of the module that serves. */
export function serving(): Promise<URL> {
  return Promise.resolve(new URL("./pkg/serving_bg.wasm", import.meta.url));
}
