// Tells "there is no network" from every other reason why a download failed.

const SIGNS = [
  "Could not resolve host",
  "Couldn't resolve host",
  "failed to lookup address",
  "dns error",
  "error sending request",
  "could not download file",
  "Connection refused",
  "Network is unreachable",
  "Timeout was reached",
  "Connection timed out",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENETUNREACH",
  "ENOTCACHED",
];

export const noNetwork = (output) => SIGNS.some((sign) => output.toLowerCase().includes(sign.toLowerCase()));
