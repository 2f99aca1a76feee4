// Measures Edgepost beside its peers in one run: npm run bench -- [--only NAME] [--quick] [--peers] [--profile NAME]
import { parseArgs } from "node:util";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import { buildable, versions as crateVersions } from "./native.mjs";
import { available, startable, version as postfixVersion } from "./peers/postfix.mjs";
import { profile } from "./profile.mjs";
import { createStage, roundTrip } from "./stage.mjs";
import { spread } from "./statistics.mjs";
import { table } from "./table.mjs";

const usage = `usage: npm run bench -- [options]
  --only NAME      only this measure; may be repeated
  --quick          fewer repeats and messages: a first look, not a result
  --repeats N      repeats of each measure
  --peers          the peers alone, without Edgepost
  --profile NAME   a CPU profile of our side of this measure, instead of measuring
measures: `;

const order = [
  ...["one-message", "fifty-messages", "small-messages", "large-message", "server", "server-kept"],
  "memory",
  ...["compose-small", "compose-large", "parse-small", "parse-large"],
  ...["parse-native-small", "parse-native-large", "replies-native", "commands-native"],
  ...["bundle-size", "start-up"],
];
const results = new URL("./results/", import.meta.url);

const known = readdirSync(new URL("./measures/", import.meta.url)).map((file) => file.replace(/\.mjs$/, ""));
const names = [
  ...order.filter((name) => known.includes(name)),
  ...known.filter((name) => !order.includes(name)),
];
const { values: options } = read();
const chosen = options.profile ? [options.profile] : (options.only ?? names);

const absent = new Map();
if (options.peers) absent.set("edgepost", "left out by --peers");
else if (!existsSync(new URL("../dist/index.js", import.meta.url))) {
  console.error("Edgepost is not built yet: run npm run build, or npm run bench, which builds it first.");
  process.exit(1);
}
const postfix = available();
if (!postfix.ok) for (const name of ["smtp-sink", "smtp-source"]) absent.set(name, postfix.why);
const server = startable();
if (!server.ok) absent.set("postfix", server.why);
const cargo = buildable();
if (!cargo.ok) for (const name of ["mail-parser", "smtp-proto"]) absent.set(name, cargo.why);
if (!options.profile && chosen.includes("start-up")) {
  const { missing } = await import("./start/runtimes.mjs");
  for (const name of ["workerd", "chromium"]) {
    const why = await missing(name);
    if (why) absent.set(name, why);
  }
}
for (const [name, why] of absent) console.log(`Without ${name}: ${why}.`);

mkdirSync(results, { recursive: true });
const stage = createStage({ absent });
try {
  if (options.profile) await profile(options.profile, await load(options.profile), stage, results);
  else await measureAll();
} finally {
  await stage.stop();
}

async function measureAll() {
  const report = { ...machine(), quick: options.quick, absent: Object.fromEntries(absent), measures: [] };
  console.log(`Node ${report.node}, ${report.cores} cores (${report.cpu}), load ${report.load.join(" ")}\n`);
  for (const name of chosen) {
    const result = await measure(name, await load(name));
    report.measures.push(result);
    console.log(table(result));
    const file = options.quick || options.only ? "latest-partial.json" : "latest.json";
    writeFileSync(new URL(file, results), `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

/** Warms every contender up, then lets them take turns: A B C A B C. */
async function measure(name, { title, unit, better, note, repeats, contenders, goal, alone }) {
  const takingPart = contenders(stage, { quick: options.quick }).filter((one) => one.needs.every(stage.has));
  const rounds = Number(options.repeats ?? (options.quick ? repeats.quick : repeats.full));
  const measured = takingPart.map(({ who, how, against }) => ({ who, how, against, values: [] }));
  for (let round = -1; round < rounds; round++) {
    for (const [at, contender] of takingPart.entries()) {
      progress(
        `${name}: ${contender.who}, ${contender.against}, ${round < 0 ? "warm-up" : `${round + 1} of ${rounds}`}`,
      );
      const value = await contender.run({ warmUp: round < 0 });
      if (round >= 0) measured[at].values.push(value);
    }
  }
  progress("");
  const series = measured.map((one) => ({ ...one, ...spread(one.values) }));
  return { name, title, unit, better, note, series, rows: compare(series, better, goal, alone) };
}

/** A row for each of our series and each peer that did the same; without ours, a row for each peer. `alone`: goals need no peer. */
function compare(series, better, goal, alone = false) {
  const mine = (one) => one.who === "edgepost";
  const pairs = series.filter(mine).flatMap((ours) => {
    const peers = series.filter((one) => !mine(one) && one.against === ours.against);
    return (peers.length > 0 ? peers : [undefined]).map((theirs) => ({ ours, theirs }));
  });
  const rows = pairs.length > 0 ? pairs : series.map((theirs) => ({ theirs }));
  return rows.map(({ ours, theirs }) => ({
    against: (ours ?? theirs).against,
    how: ours?.how,
    peer: theirs?.who,
    ours,
    theirs,
    ratio: ours && theirs && (better === "more" ? ours.median / theirs.median : theirs.median / ours.median),
    goal: ours && (theirs || alone) && goal({ against: ours.against, ours, theirs }),
  }));
}

async function load(name) {
  return import(new URL(`./measures/${name}.mjs`, import.meta.url));
}

function machine() {
  const require = createRequire(import.meta.url);
  const packageVersion = (name) => JSON.parse(readFileSync(packageFile(require, name), "utf8")).version;
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    platform: `${os.platform()} ${os.arch()} ${os.release()}`,
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model.trim(),
    load: os.loadavg().map((load) => Number(load.toFixed(2))),
    roundTrip,
    versions: {
      edgepost: packageVersion("edgepost"),
      nodemailer: packageVersion("nodemailer"),
      "smtp-server": packageVersion("smtp-server"),
      "postal-mime": packageVersion("postal-mime"),
      mailparser: packageVersion("mailparser"),
      postfix: postfix.ok ? postfixVersion() : undefined,
      ...crateVersions(),
    },
  };
}

function packageFile(require, name) {
  if (name === "edgepost") return new URL("../package.json", import.meta.url);
  return require.resolve(`${name}/package.json`);
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function read() {
  const fail = (why) => {
    console.error(`${why}\n${usage}${names.join(" ")}`);
    process.exit(2);
  };
  let parsed;
  try {
    parsed = parseArgs({
      options: {
        only: { type: "string", multiple: true },
        quick: { type: "boolean", default: false },
        repeats: { type: "string" },
        peers: { type: "boolean", default: false },
        profile: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    fail(error.message);
  }
  const { only = [], profile, repeats, help } = parsed.values;
  if (help) {
    console.log(usage + names.join(" "));
    process.exit(0);
  }
  for (const name of [...only, ...(profile ? [profile] : [])]) {
    if (!names.includes(name)) fail(`There is no measure called ${name}.`);
  }
  if (repeats !== undefined && !(Number(repeats) >= 1)) fail("--repeats wants a number from 1 on.");
  return parsed;
}
