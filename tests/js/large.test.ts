/** Messages of any size, in constant memory. */
import assert from "node:assert/strict";
import test from "node:test";

import { joined } from "./support.js";

const MEGABYTE = 1024 * 1024;
const SIZE = 96 * MEGABYTE;

/** Lines, made as they are asked for. */
function lines(size: number): ReadableStream<Uint8Array> {
  const piece = new TextEncoder().encode(
    "a line of text, 64 octets with its end, which is CR and then LF\r\n".repeat(1_000),
  );
  let left = size;
  return new ReadableStream(
    {
      pull(controller) {
        const bytes = piece.subarray(0, Math.min(left, piece.length));
        left -= bytes.length;
        if (bytes.length === 0) controller.close();
        else controller.enqueue(bytes.slice());
      },
    },
    { highWaterMark: 0 },
  );
}

for (const disable of [[], ["CHUNKING"]])
  test(
    `96 MiB go through in constant memory (${disable.length ? "DATA" : "BDAT"})`,
    { timeout: 120_000 },
    async () => {
      let received = 0;
      let most = 0;
      const before = process.memoryUsage().rss;
      const { smtp } = await joined({
        handlers: {
          async onMessage(content) {
            for await (const bytes of content) {
              received += bytes.length;
              most = Math.max(most, process.memoryUsage().rss - before);
            }
          },
        },
        serve: { disable, size: 2 * SIZE },
      });
      await smtp.send({ envelope: { from: "a@x.test", to: "b@x.test" }, raw: lines(SIZE) });
      await smtp.close();
      assert.ok(received >= SIZE && received <= SIZE + 2, `${received}`);
      assert.ok(most < 64 * MEGABYTE, `${Math.round(most / MEGABYTE)} MiB more than before`);
    },
  );
