/** Octets as text and back: nothing is lost, and places are where they are said to be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  changeBetween,
  endsInWords,
  natureOf,
  octetsOf,
  Places,
  textOf,
  windowAround,
} from "../../www/model/source.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
}

/** Octets of which there is most to get wrong, in every order. */
const PIECES = [
  ...[
    "\r",
    "\n",
    "\r\n",
    "a",
    "\0",
    "\x7f",
    "\x80",
    "\xc0\x80",
    "\xc3",
    "\xc3\xa9",
    "\xe2\x80",
    "\xe2\x80\xae",
  ],
  ...[
    "\xed\xb0\x8a",
    "\xed\xa0\x80",
    "\xef\xbb\xbf",
    "\xf0\x9f\x8d\xb5",
    "\xf0\x9f",
    "\xf4\x90\x80\x80",
    "\xff",
  ],
  ...["\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xef\xbf\xbd"],
];

function any(random: (below: number) => number, length: number): Uint8Array {
  return bytes(Array.from({ length }, () => PIECES[random(PIECES.length)]!).join(""));
}

describe("octets as text", () => {
  for (const [name, octets, text] of [
    ["CRLF is the end of a line", "a\r\nb", "a\nb"],
    ["a bare LF is marked, and shown as the end of a line", "a\nb", "a\udc0a\nb"],
    ["of bare LF alone, each is marked", "\n\n\n\n", "\udc0a\n\udc0a\n\udc0a\n\udc0a\n"],
    ["a bare CR is marked, and stays in its line", "a\rb", "a\udc0db"],
    ["CR, CRLF is a bare CR and the end of a line", "a\r\r\n", "a\udc0d\n"],
    ["CRLF, LF is the end of a line and a bare LF", "a\r\n\n", "a\n\udc0a\n"],
    ["a CR as the last octet is bare", "a\r", "a\udc0d"],
    ["UTF-8 is what it says", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\xb5", "é€🍵"],
    ["what is not UTF-8 is kept octet by octet", "caf\xe9 \xff", "caf\udce9 \udcff"],
    ["UTF-8 that is longer than need be is none (RFC 3629 section 4)", "\xc0\x8a", "\udcc0\udc8a"],
    ["a surrogate in UTF-8 is none", "\xed\xb0\x8a", "\udced\udcb0\udc8a"],
    ["what is cut off is kept", "\xf0\x9f\x8d", "\udcf0\udc9f\udc8d"],
    ["a byte order mark is a character", "\xef\xbb\xbfa", "\ufeffa"],
    ["controls are themselves", "\0\x01\x7f\t", "\0\x01\x7f\t"],
  ] as const)
    test(name, () => {
      assert.equal(textOf(bytes(octets)), text);
      assert.deepEqual(octetsOf(text), bytes(octets));
    });

  test("each two octets come back as they were", () => {
    for (let one = 0; one < 256; one++)
      for (let other = 0; other < 256; other++) {
        const octets = new Uint8Array([one, other]);
        assert.deepEqual(octetsOf(textOf(octets)), octets);
      }
  });

  test("any octets come back as they were, at any length, over the pieces in which they are made", () => {
    const random = numbers(7);
    for (const length of [0, 1, 2, 3, 10, 100, 4000, 20_000]) {
      const octets = any(random, length);
      assert.deepEqual(octetsOf(textOf(octets)), octets);
    }
  });

  test("a text of whatever a person has made is octets, whose text is what is shown from then on", () => {
    for (const [text, octets] of [
      ["a\udc0ab", "ab"],
      ["a\r\nb", "a\r\nb"],
      ["a\rb", "a\rb"],
      ["\ud800", "\xef\xbf\xbd"],
      ["\udc41", "\xef\xbf\xbd"],
      ["\udcc3\udca9", "\xc3\xa9"],
    ] as const) {
      assert.deepEqual(octetsOf(text), bytes(octets), JSON.stringify(text));
      assert.deepEqual(octetsOf(textOf(bytes(octets))), bytes(octets));
    }
  });
});

describe("places", () => {
  /** One by one, from the beginning. */
  const slow = (octets: Uint8Array, octet: number): number => textOf(octets.subarray(0, octet)).length;

  test("an octet is where the text of those before it ends", () => {
    const octets = bytes("S: \xc3\xa9\xf0\x9f\x8d\xb5\xff\r\nx\ny\rz\r\n");
    const places = new Places(octets);
    for (const octet of [0, 3, 5, 9, 10, 12, 13, 14, 15, 16, 17, 19])
      assert.equal(places.position(octet), slow(octets, octet), `${octet}`);
    assert.equal(places.length, textOf(octets).length);
  });

  test("an octet in the midst of a character is where that begins, or ends", () => {
    const places = new Places(bytes("a\xf0\x9f\x8d\xb5b\r\nc"));
    assert.equal(places.position(3), 1);
    assert.equal(places.position(3, "end"), 3);
    assert.equal(places.position(7), 4);
    assert.equal(places.position(7, "end"), 5);
  });

  test("of a bare LF, the mark and the end of the line are one octet", () => {
    const places = new Places(bytes("a\nb"));
    assert.deepEqual(
      [1, 2, 3].map((position) => places.octet(position)),
      [1, 1, 2],
    );
    assert.equal(places.position(1), 1);
    assert.equal(places.position(2), 3);
  });

  test("the way there and the way back are the same, in long messages, too", () => {
    const random = numbers(3);
    const octets = any(random, 9000);
    const places = new Places(octets);
    const text = textOf(octets);
    assert.equal(places.length, text.length);
    for (let tries = 0; tries < 300; tries++) {
      const octet = places.octet(random(text.length + 1));
      assert.equal(places.octet(places.position(octet)), octet);
      assert.deepEqual(octetsOf(text.slice(0, places.position(octet))), octets.slice(0, octet));
    }
  });

  test("what is behind the end is the end", () => {
    const places = new Places(bytes("ab\r\n"));
    assert.equal(places.position(99), 3);
    assert.equal(places.octet(99), 4);
  });
});

describe("the nature of a message", () => {
  test("line ends are counted, each as what it is", () => {
    const nature = natureOf(bytes("a\r\nb\nc\rd\r\r\n\xc3\xa9\xff"));
    assert.deepEqual(nature, { crlf: 2, bareLf: 1, bareCr: 2, undecodable: 1, ascii: false });
    assert.equal(endsInWords(nature), "line ends mixed: 2 CRLF, 1 bare LF, 2 bare CR");
  });

  test("one kind of line ends is said plainly", () => {
    assert.equal(endsInWords(natureOf(bytes("a\r\nb\r\n"))), "all 2 lines end with CRLF");
    assert.equal(endsInWords(natureOf(bytes("a\nb\n"))), "all 2 lines end with a bare LF");
    assert.equal(endsInWords(natureOf(bytes("a\rb"))), "no line ends: 1 bare CR");
    assert.equal(endsInWords(natureOf(bytes("a"))), "no line ends");
  });
});

describe("a window on a large message", () => {
  const lines = bytes("0123456789\r\n".repeat(10_000));

  test("is all of a small one", () =>
    assert.deepEqual(windowAround(bytes("abc"), 1, 10), { start: 0, end: 3 }));

  test("holds what is looked for, and begins and ends with lines", () => {
    for (const octet of [0, 1, 5000, 60_000, 119_999]) {
      const { start, end } = windowAround(lines, octet, 6000);
      assert.ok(
        start <= octet &&
          octet < end &&
          end - start <= 6000 + 12 &&
          (octet < 119_000 || end === lines.length),
      );
      assert.equal(start % 12, 0);
      assert.equal(end % 12, 0);
    }
  });

  test("cuts no character, and no CRLF, of one line that is longer", () => {
    const long = bytes("\xe2\x82\xac".repeat(20_000));
    for (let octet = 20_000; octet < 20_010; octet++) {
      const { start, end } = windowAround(long, octet, 5000);
      assert.equal(natureOf(long.subarray(start, end)).undecodable, 0);
    }
  });
});

test("a change is no larger than what differs", () => {
  assert.deepEqual(changeBetween("abcdef", "abXdef"), { from: 2, to: 3, insert: "X" });
  assert.deepEqual(changeBetween("aa", "aaa"), { from: 2, to: 2, insert: "a" });
  assert.deepEqual(changeBetween("abc", "abc"), { from: 3, to: 3, insert: "" });
});
