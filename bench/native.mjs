// Native peers: the crate beside other crates, in a program of bench/native that is built when it is first wanted. They are
// no dependencies of the crate, and each reads in a process of its own.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { fileURLToPath } from "node:url";

const folder = new URL("./native/", import.meta.url);
const manifest = fileURLToPath(new URL("Cargo.toml", folder));
const target = fileURLToPath(new URL("../target/bench", import.meta.url));

let program;

/** Contenders that read `input` as `what` (see bench/native/src/main.rs); `figure` makes of readings a second what is measured. */
export function nativeContenders(what, input, peer, figure) {
  return (_, { quick }) => {
    const seen = new Map();
    return ["edgepost", peer].map((who) => ({
      who,
      against: "memory",
      needs: [who, peer], // one cannot be built without the other
      run: async () => {
        const said = await read(what, who, input, quick ? 0.3 : 1);
        seen.set(who, said.seen);
        // Whoever reads less than the other is not faster but lazier.
        for (const [other, numbers] of seen)
          if (!isDeepStrictEqual(numbers, said.seen))
            throw new Error(`${who} and ${other} differ: ${JSON.stringify([said.seen, numbers])}`);
        return figure(said.times / said.seconds, said.seen);
      },
    }));
  };
}

/** Reads over and over for so many seconds: `{ times, seconds, seen }`. */
async function read(what, who, input, seconds) {
  program ??= build();
  const child = spawn(program, [what, who, `${seconds}`], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  child.stdin.end(input);
  let said = "";
  for await (const text of child.stdout.setEncoding("utf8")) said += text;
  const code = await ended;
  if (code !== 0) throw new Error(`${who} could not read ${what}: exit status ${code}`);
  return JSON.parse(said);
}

/** Its folder is its own: with other flags in the same folder all would be compiled anew each time. */
function build() {
  const args = ["build", "--locked", "--release", "--quiet", "--manifest-path", manifest];
  args.push("--target-dir", target, "--message-format", "json-render-diagnostics");
  const built = spawnSync("cargo", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (built.error) throw new Error(`cargo does not start: ${built.error.message}`);
  if (built.status !== 0) throw new Error("bench/native could not be compiled");
  const made = built.stdout.split("\n").map((line) => line && JSON.parse(line).executable);
  return made.find((executable) => executable);
}

/** Whether there is what compiles it. */
export function buildable() {
  const { status } = spawnSync("cargo", ["--version"], { stdio: "ignore" });
  return status === 0 ? { ok: true } : { ok: false, why: "cargo is not on PATH" };
}

/** The versions of the other crates, by their names. */
export function versions() {
  const lock = readFileSync(new URL("Cargo.lock", folder), "utf8");
  const found = lock.matchAll(/^name = "(mail-parser|smtp-proto)"\nversion = "(.+)"$/gm);
  return Object.fromEntries([...found].map(([, name, version]) => [name, version]));
}

/** As fast as the peer is the goal. */
export const goal = ({ ours, theirs }) => ({ text: "at least as fast", met: ours.median >= theirs.median });
