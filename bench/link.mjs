// A link of a given round trip: a TCP relay that hands on every octet half a round trip after it came, in order, with
// back-pressure, and without Nagle's algorithm. connect() itself is instant, so the protocol's floor for one message on a
// fresh connection is 2.5 round trips: half for the greeting, one for EHLO, one for the message.
import net from "node:net";

const roomOnTheWay = 16 << 20; // octets in flight each way before the sender is paused

/** Starts a relay to `target` (a port of 127.0.0.1); `roundTrip` is in milliseconds. */
export async function listen({ target, roundTrip }) {
  const options = { allowHalfOpen: true, noDelay: true };
  const relay = net.createServer(options, (near) => {
    const far = net.connect({ host: "127.0.0.1", port: target, ...options });
    direction(near, far, roundTrip / 2);
    direction(far, near, roundTrip / 2);
  });
  await new Promise((resolve, reject) => relay.once("error", reject).listen(0, "127.0.0.1", resolve));
  return { port: relay.address().port };
}

/** Hands what `from` receives, its end and its failure included, to `to`, `delay` milliseconds later. */
function direction(from, to, delay) {
  const way = []; // { due, chunk } or { due, ended } in the order of arrival
  let octets = 0;
  let running = false;
  let blocked = false;

  const put = (item) => {
    way.push({ due: performance.now() + delay, ...item });
    octets += item.chunk?.length ?? 0;
    if (octets > roomOnTheWay) from.pause();
    if (!running) deliver();
  };
  const deliver = () => {
    running = true;
    while (way.length > 0 && !blocked && way[0].due <= performance.now()) {
      const { chunk, ended } = way.shift();
      if (ended === "end") to.end();
      else if (ended === "error") to.destroy();
      else {
        octets -= chunk.length;
        blocked = !to.write(chunk);
        if (octets <= roomOnTheWay) from.resume();
      }
    }
    running = way.length > 0 && !blocked;
    // A timer is up to a millisecond late, which would be 4 % of this link: the last two are waited for by turning over.
    const rest = running ? way[0].due - performance.now() : 0;
    if (rest > 2) setTimeout(deliver, rest - 2);
    else if (running) setImmediate(deliver);
  };

  from.on("data", (chunk) => put({ chunk }));
  from.on("end", () => put({ ended: "end" }));
  from.on("error", () => put({ ended: "error" }));
  to.on("drain", () => {
    blocked = false;
    if (!running) deliver();
  });
}
