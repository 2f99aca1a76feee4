/** Messages in files with the line ends of this system, LF alone: looked at as they will be sent, with CRLF (RFC 5322 section 2.3). */
import { check } from "edgepost";
import type { Diagnostic } from "edgepost";

const [LF, CR] = [0x0a, 0x0d];

/** What is found in a message whose lines may end in LF: every place is one of the octets as they are. */
export async function checkLocal(octets: Uint8Array): Promise<Diagnostic[]> {
  const places = localLineEnds(octets);
  if (places === undefined) return check(octets);
  const found = await check(withCrlf(octets, places));
  const at = (sent: number): number => sent - added(places, sent);
  return found.map(({ span, fix, ...rest }) => ({
    ...rest,
    span: { start: at(span.start), end: at(span.end) },
    ...(fix !== undefined && {
      fix: {
        ...fix,
        edits: fix.edits.map(({ start, end, text }) => ({
          start: at(start),
          end: at(end),
          text: text.replaceAll("\r\n", "\n"),
        })),
      },
    }),
  }));
}

/** Where the LFs are of a message whose every line ends in one alone; a single CRLF, and its LFs are faults. */
export function localLineEnds(octets: Uint8Array): Uint32Array | undefined {
  let count = 0;
  for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) {
    if (octets[at - 1] === CR) return undefined;
    count += 1;
  }
  if (count === 0) return undefined;
  const places = new Uint32Array(count);
  for (let at = octets.indexOf(LF), n = 0; at >= 0; at = octets.indexOf(LF, at + 1)) places[n++] = at;
  return places;
}

function withCrlf(octets: Uint8Array, places: Uint32Array): Uint8Array {
  const sent = new Uint8Array(octets.length + places.length);
  let from = 0;
  places.forEach((at, before) => {
    sent.set(octets.subarray(from, at), from + before);
    sent[at + before] = CR;
    sent[at + before + 1] = LF;
    from = at + 1;
  });
  sent.set(octets.subarray(from), from + places.length);
  return sent;
}

/** How many CRs have come in before a place of what is sent. */
function added(places: Uint32Array, sent: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle]! + middle < sent) low = middle + 1;
    else high = middle;
  }
  return low;
}
