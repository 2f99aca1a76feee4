/**
 * Where bundlers that copy assets find the modules: beside this file, by URLs in the form that they know. What they build for
 * production has this alone.
 */

/** The module that sends, as it comes. */
export function sending(): Promise<Response> {
  return fetched(() => new URL("./pkg/sending_bg.wasm", import.meta.url));
}

/** The module that composes. */
export function composing(): Promise<Response> {
  return fetched(() => new URL("./pkg/composing_bg.wasm", import.meta.url));
}

/** The module that reads messages. */
export function reading(): Promise<Response> {
  return fetched(() => new URL("./pkg/reading_bg.wasm", import.meta.url));
}

/** The module that serves. */
export function serving(): Promise<Response> {
  return fetched(() => new URL("./pkg/serving_bg.wasm", import.meta.url));
}

/** A bundle that is no module has no address, and some servers give a page where there is no file. */
async function fetched(address: () => URL): Promise<Response> {
  let why;
  try {
    const response = await fetch(address());
    if (response.ok && !/html/.test(response.headers.get("Content-Type")!)) return response;
    why = `no module at ${response.url}`;
  } catch (error) {
    why = error;
  }
  throw new Error(`${why}; with a bundler that copies no files, import "edgepost/inline"`);
}
