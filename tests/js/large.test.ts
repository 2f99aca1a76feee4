/** Messages of any size, in constant memory. */
import assert from "node:assert/strict";
import test from "node:test";

import { gauge, joined } from "./support.js";

const MEGABYTE = 1024 * 1024;

/** Lines, made as they are asked for. */
function lines(size: number): ReadableStream<Uint8Array> {
  const line = "a line of text, 64 octets with its end, which is CR and then LF\r\n";
  const piece = new TextEncoder().encode(line.repeat(1_000));
  let left = size;
  return new ReadableStream(
    {
      pull(controller) {
        const bytes = piece.slice(0, left);
        left -= bytes.length;
        if (bytes.length === 0) controller.close();
        else controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
}

for (const disable of [[], ["CHUNKING"]])
  test(
    `memory does not grow with the message (${disable.length ? "DATA" : "BDAT"})`,
    { timeout: 120_000 },
    async () => {
      const seen = gauge();
      const { smtp } = await joined({
        handlers: seen.handlers,
        serve: { disable, size: 1024 * MEGABYTE },
      });
      const send = (size: number): Promise<unknown> =>
        smtp.send({ envelope: { from: "a@x.test", to: "b@x.test" }, raw: lines(size) });
      // The first message shows what the collector lets lie around; the second, four times as large, adds nothing to it.
      await send(64 * MEGABYTE);
      const before = seen.most;
      await send(256 * MEGABYTE);
      await smtp.close();
      const { received } = seen;
      assert.ok(received >= 320 * MEGABYTE && received <= 320 * MEGABYTE + 4, `${received}`);
      const grown = Math.round((seen.most - before) / MEGABYTE);
      assert.ok(grown < 48, `${grown} MiB more for four times the message`);
    },
  );
