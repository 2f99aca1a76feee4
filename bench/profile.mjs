// A CPU profile of our side of one measure, client and server, while it runs once: the `.cpuprofile` files (for the
// developer tools of Chromium) in bench/results, and here the functions by the time spent in themselves.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { summarise } from "./profiler.mjs";

const most = 25; // functions that are printed

export async function profile(name, { contenders }, stage, results) {
  const ours = contenders(stage, { quick: false })
    .filter((one) => one.who === "edgepost" && one.needs.every(stage.has))
    .map((one) => ({ ...one, sides: sides(one) }));
  for (const contender of ours) {
    await contender.run({ warmUp: true });
    for (const [side, process] of await started(stage, contender)) {
      await process.profile();
      const value = await contender.run({ warmUp: false });
      const text = await process.profiled();
      const label = [name, side, contender.how, "against", contender.against].filter(Boolean).join("-");
      const file = new URL(`${label}.cpuprofile`, results);
      writeFileSync(file, text);
      print(label, value, summarise(text), fileURLToPath(file));
    }
  }
}

/** In a measure against smtp-source our server is what is measured; else our client, and our server when it is the server. */
function sides({ against }) {
  if (against === "smtp-source") return ["server"];
  return against === "edgepost" ? ["client", "server"] : ["client"];
}

async function started(stage, { sides }) {
  const all = sides.map(async (side) => {
    return [
      side,
      side === "client" ? await stage.client("edgepost") : (await stage.server("edgepost")).worker,
    ];
  });
  return Promise.all(all);
}

function print(label, value, { milliseconds, areas, functions }, file) {
  const share = (part) => `${(part * 100).toFixed(1).padStart(6)} %`;
  console.log(
    `${label}: ${value.toFixed(1)} (slowed by the profiler), ${milliseconds.toFixed(0)} ms not idle`,
  );
  for (const one of areas) console.log(`${share(one.share)}  ${one.label}`);
  console.log("  by function:");
  for (const one of functions.slice(0, most)) console.log(`${share(one.share)}  ${one.label}`);
  console.log(`  ${file}\n`);
}
