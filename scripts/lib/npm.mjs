// How npm is started: the one that runs this script, when one does.

/** Command and first arguments. */
export const npm = process.env.npm_execpath?.endsWith("npm-cli.js")
  ? { command: process.execPath, args: [process.env.npm_execpath] }
  : { command: process.platform === "win32" ? "npm.cmd" : "npm", args: [] };
