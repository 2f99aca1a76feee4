// Fuzzes the crate: under libFuzzer, or for a moment without it; says what each target ran and keeps what breaks one.
import { mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { executable, inRoot, root, target } from "./lib/paths.mjs";
import { isProgram, main, Problem, run, tail } from "./lib/run.mjs";
import { explain } from "./setup/causes.mjs";
import { ensureRust } from "./setup/rust.mjs";

const USAGE = `usage: npm run fuzz -- [target...] [--runs N] [--time SECONDS]
       npm run fuzz -- --smoke [target...] [--runs N]
       npm run fuzz -- --replay FILE TARGET
       npm run fuzz -- --list

Runs each target under libFuzzer, one after the other, for a minute if neither --runs nor --time says otherwise; with both,
until the first is reached. Needs a C++ compiler. --smoke runs a moment of each without coverage, the same each time; that is
what \`npm test\` does. --replay runs one input, and shows how it breaks its target. --list says what there is.

What is learned is kept in fuzz/corpus, and what breaks a target in fuzz/crashes. Exit status: 0 when every promise was
kept, 1 when one was broken or something is missing.

example: npm run fuzz -- reply command --runs 10000000`;

const FOLDER = inRoot("fuzz");
const OUT = join(target, "fuzz");
const SECONDS = 60;
const BUILD_LIMIT = 1_800;
/** How an input breaks a promise is asked by --replay. */
const QUIET = { RUST_BACKTRACE: "0" };
/** As long as a timer can be. */
const NO_LIMIT = 2_000_000;

/** What makes libFuzzer see which code an input reaches; these work with a stable compiler. */
const COVERAGE = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
];

/** Runs every target, or those named, for a moment; resolves to `{ code }`. Its output goes to the terminal. */
export async function smoke(targets = [], { runs } = {}) {
  const command = await buildSmoke();
  const args = ["--crashes", join(FOLDER, "crashes"), ...(runs ? ["--runs", runs] : []), ...targets];
  return run(command, args, { label: "fuzzing for a moment", limit: NO_LIMIT, env: QUIET, show: true });
}

const buildSmoke = () => cargoBuild("smoke", [], OUT, {});

async function buildLibFuzzer() {
  const { output } = await run("rustc", ["-vV"], { limit: 60 });
  const host = /^host: (\S+)/m.exec(output)[1];
  // With a target given, build scripts are not watched for coverage.
  return cargoBuild("libfuzzer", ["--features", "libfuzzer", "--target", host], join(OUT, host), {
    CARGO_ENCODED_RUSTFLAGS: COVERAGE.join("\x1f"),
  });
}

async function cargoBuild(bin, flags, out, env) {
  await ensureRust([]);
  const label = "building the fuzz targets";
  const args = ["build", "--locked", "--release", "--bin", bin, "--target-dir", OUT, ...flags];
  const { code, output } = await run("cargo", args, { label, limit: BUILD_LIMIT, cwd: FOLDER, env });
  if (code !== 0) throw explain(label, output);
  return join(out, "release", executable(bin));
}

/** `{ name, longest, promise }` of each target. */
async function list(command) {
  const { output } = await run(command, ["--list"], { limit: 60 });
  return output
    .trim()
    .split("\n")
    .map((line) => line.split("\t"))
    .map(([name, longest, promise]) => ({ name, longest, promise }));
}

async function fuzz(names, limits) {
  const known = await list(await buildSmoke());
  const unknown = names.find((name) => !known.some((each) => each.name === name));
  if (unknown) throw new Problem(`there is no target ${unknown}: see npm run fuzz -- --list`);
  const command = await buildLibFuzzer();
  const broken = [];
  for (const each of known.filter(({ name }) => names.length === 0 || names.includes(name)))
    if (!(await fuzzOne(command, each, limits))) broken.push(each.name);
  if (broken.length > 0) throw new Problem(`promises broken: ${broken.join(", ")}.`);
}

/** Runs one target; true when its promise was kept. */
async function fuzzOne(command, { name, longest, promise }, { runs, time }) {
  const [corpus, seeds, crashes] = ["corpus", "seeds", "crashes"].map((part) => join(FOLDER, part));
  const folders = [corpus, seeds].map((folder) => join(folder, name));
  for (const folder of [...folders, crashes]) await mkdir(folder, { recursive: true });
  await run(await buildSmoke(), ["--seeds", seeds, name], { limit: 60 });
  const seconds = time ?? (runs ? undefined : SECONDS);
  const args = [
    ...folders,
    `-dict=${join(seeds, "words.dict")}`,
    `-artifact_prefix=${join(crashes, `${name}-`)}`,
    `-max_len=${longest}`,
    ...(runs ? [`-runs=${runs}`] : []),
    ...(seconds ? [`-max_total_time=${seconds}`] : []),
    ...["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"],
  ];
  const { code, output } = await run(command, args, {
    label: `fuzzing ${name}`,
    limit: seconds ? seconds + 300 : NO_LIMIT,
    env: { EDGEPOST_FUZZ: name, ...QUIET },
  });
  const stat = (key) => Number(new RegExp(`^stat::${key}: *(\\d+)`, "m").exec(output)?.[1] ?? 0);
  const executions = stat("number_of_executed_units").toLocaleString("en");
  const rate = stat("average_exec_per_sec").toLocaleString("en");
  console.log(
    `${code === 0 ? "kept  " : "BROKEN"}  ${name.padEnd(10)} ${executions.padStart(12)} executions, ${rate} a second`,
  );
  if (code === 0) return true;
  const file = /Test unit written to (.+)/.exec(output)?.[1];
  console.log(tail(output.split("==")[0], 12));
  console.log(`  promise: ${promise}`);
  if (file) console.log(`  again:   npm run fuzz -- --replay ${relative(root, file)} ${name}`);
  return false;
}

async function replay(file, names) {
  if (names.length !== 1) throw new Problem("--replay FILE wants one target");
  const command = await buildSmoke();
  const { code } = await run(
    command,
    ["--replay", resolve(process.env.INIT_CWD ?? process.cwd(), file), ...names],
    {
      limit: NO_LIMIT,
      show: true,
    },
  );
  if (code !== 0) throw new Problem(`${names[0]} breaks its promise with ${file}.`);
  console.log(`${names[0]} keeps its promise with ${file}`);
}

function parse(argv) {
  try {
    return parseArgs({
      args: argv,
      options: {
        runs: { type: "string" },
        time: { type: "string" },
        smoke: { type: "boolean" },
        replay: { type: "string" },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new Problem(`${error.message}\n${USAGE}`);
  }
}

function count(name, text) {
  if (text === undefined || /^[1-9]\d{0,15}$/.test(text)) return text && Number(text);
  throw new Problem(`--${name} wants a number above 0, not ${text}`);
}

async function command(argv) {
  const { values, positionals } = parse(argv);
  const limits = { runs: count("runs", values.runs), time: count("time", values.time) };
  if (values.help) console.log(USAGE);
  else if (values.list)
    for (const { name, promise } of await list(await buildSmoke()))
      console.log(`${name.padEnd(10)} ${promise}`);
  else if (values.replay) await replay(values.replay, positionals);
  else if (values.smoke) {
    const { code } = await smoke(positionals, limits);
    if (code !== 0) throw new Problem("a promise is broken.");
  } else await fuzz(positionals, limits);
}

if (isProgram(import.meta.url)) await main(() => command(process.argv.slice(2)));
