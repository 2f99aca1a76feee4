/** The command `edgepost`: finds the command that was asked for, and turns what it ends with into words and an exit code. */
import { InputError, SmtpError } from "edgepost";
import { bridge } from "./bridge.js";
import { check } from "./check.js";
import { closest, Complaint, DONE, REFUSED, WRONG_USAGE } from "./command.js";
import type { Command } from "./command.js";
import { dissect } from "./dissect.js";
import { playground } from "./playground.js";
import { send } from "./send.js";
import { sink } from "./sink.js";
import { harmless, palette, print } from "./terminal.js";
import { packageVersion } from "./version.js";

const COMMANDS: readonly Command[] = [send, sink, bridge, check, dissect, playground];

const HELP = `Usage: edgepost COMMAND [options]

SMTP without a mail stack.

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

Example, in two terminals:
  edgepost sink --tls off
  edgepost send --host localhost --port 2525 --tls off --trace \\
    --from ann@example.com --to bob@example.net --subject Hello --text "Are you there?"

Options:
  -h, --help    print this; "edgepost COMMAND --help" tells about a command
  --version     print the version
`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) {
    await print(name === undefined ? process.stderr : process.stdout, HELP);
    return name === undefined ? WRONG_USAGE : DONE;
  }
  if (name === "--version" || name === "-V") {
    await print(process.stdout, `${await packageVersion()}\n`);
    return DONE;
  }
  const wanted = name === "help" ? rest[0]! : name;
  const command = COMMANDS.find((command) => command.name === wanted);
  if (command === undefined) return unknown(wanted);
  if (name === "help" || asksForHelp(rest)) {
    await print(process.stdout, command.help);
    return DONE;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    if (!(error instanceof Complaint || error instanceof SmtpError)) throw error;
    const { bad } = palette(process.stderr);
    const code = exitCodeOf(error);
    const more = code === WRONG_USAGE ? `  "edgepost ${command.name} --help" tells more.\n` : "";
    await print(process.stderr, `${bad(`edgepost ${command.name}:`)} ${harmless(error.message)}\n${more}`);
    return code;
  }
}

function exitCodeOf(error: Complaint | SmtpError): number {
  if (error instanceof Complaint) return error.exitCode;
  return error instanceof InputError ? WRONG_USAGE : REFUSED;
}

/** `--help` anywhere before `--`, also beside options that are wrong. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args
    .slice(0, end < 0 ? args.length : end)
    .some((argument) => argument === "--help" || argument === "-h");
}

async function unknown(name: string): Promise<number> {
  const { bad } = palette(process.stderr);
  const meant = closest(
    name,
    COMMANDS.map((command) => command.name),
  );
  const hint =
    meant === undefined
      ? `There are ${COMMANDS.map((command) => command.name).join(", ")}.`
      : `Did you mean ${meant}?`;
  const what = name.startsWith("-") ? "option" : "command";
  await print(
    process.stderr,
    `${bad("edgepost:")} there is no ${what} "${harmless(name)}". ${hint}\n  "edgepost --help" tells more.\n`,
  );
  return WRONG_USAGE;
}

// A reader that went away is no error of ours: `edgepost send --help | head -1`.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

process.exitCode = await main(process.argv.slice(2));
