// Runs tests/linear in a build that counts its branches: scanning the same octets again takes no memory, only steps.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { target } from "../scripts/lib/paths.mjs";
import { run, tail } from "../scripts/lib/run.mjs";

const FEATURES = ["std", "client", "server", "message", "trace"];

test("no parser and neither engine does more than linear work", async () => {
  const { code, output } = await run(
    "cargo",
    ["test", "--locked", "--test", "linear", "--no-default-features", "--features", FEATURES.join(",")],
    {
      limit: 600,
      env: {
        CARGO_ENCODED_RUSTFLAGS: ["-Cinstrument-coverage", "--cfg=count_steps"].join("\x1f"),
        CARGO_TARGET_DIR: join(target, "steps"),
        // Only the counters in memory are looked at: no profile is written.
        LLVM_PROFILE_FILE: "/dev/null",
      },
    },
  );
  assert.equal(code, 0, tail(output, 60));
  assert.match(output, /the_meter_sees_what_is_scanned_again \.\.\. ok/);
});
