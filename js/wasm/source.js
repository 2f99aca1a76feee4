/**
 * The modules as Deno imports them from 2.6 on, without being allowed to read files. In JavaScript, because TypeScript does not know
 * this form of import.
 */
export const parts = {
  sending: () => import.source("./pkg/sending_bg.wasm"),
  composing: () => import.source("./pkg/composing_bg.wasm"),
  reading: () => import.source("./pkg/reading_bg.wasm"),
  serving: () => import.source("./pkg/serving_bg.wasm"),
};
