export const parts: Record<
  "sending" | "composing" | "reading" | "serving",
  () => Promise<WebAssembly.Module>
>;
