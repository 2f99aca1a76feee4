/** What each view is for, done by pointer and by keyboard, in every browser that can be driven: the page as it is built, under its policy. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";

import { need } from "../interop/software.js";
import { BROWSERS, launch } from "../support/browsers.js";
import type { Browser, BrowserName } from "../support/browsers.js";
import { running } from "../support/playground.js";
import { pack } from "../../www/links.js";
import { play } from "../../www/model/play.js";
import type { Recording } from "../../www/model/recording.js";
import { SCENARIOS } from "../../www/model/scenarios/index.js";
import { personAt } from "./person.js";
import type { Person } from "./person.js";
// @ts-expect-error a script, without types
import { buildPage, servePage } from "../../scripts/page.mjs";

const FAULTY = [
  "From: Ann <ann@client.example>",
  "To: bob@mx.example; carol@mx.example",
  "Subject: Lunch?",
  "Date: Mon, 2 Mar 2026 09:30:00 +0000",
  "Message-ID: <1@client.example>",
  "",
  "Noon, the usual place?",
  "",
].join("\n");
/** The lab with a message that nothing is wrong with. */
const GOOD = `message=${await pack({ example: "attachment" })}`;
const LOG =
  "S: 220 a.example\nC: EHLO b.example\nS: 250 a.example\nC: MAIL FROM:<>\nS: 421 4.3.2 going down\n";

interface Served {
  readonly url: string;
  close(): Promise<void>;
}

const files = buildPage() as Promise<ReadonlyMap<string, Uint8Array>>;
const serving = async (): Promise<Served> => (await servePage(await files)) as Served;

for (const name of BROWSERS)
  describe(`the playground in ${name}`, { skip: await need(name) }, () => tasksIn(name));

function tasksIn(name: BrowserName): void {
  let site: Served;
  let browser: Browser;
  before(async () => {
    site = await serving();
    browser = await launch(name);
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await site?.close();
  });

  type Evaluate = Parameters<Parameters<Browser["visit"]>[1]>[0];
  /** Opens a view as somebody who was never there; nothing may be complained of. */
  const visit = (
    hash: string,
    body: (person: Person, page: Evaluate) => Promise<void>,
    at = site.url,
  ): Promise<void> =>
    browser.visit(`${at}#${hash}`, async (page) => {
      await body(personAt(page), page);
      assert.deepEqual(page.complaints, []);
    });
  const said = "ep-diagram >>> .option .text";

  describe("studio", () => {
    const verbs = async (person: Person): Promise<string[]> =>
      (await person.all(said)).flatMap((text) => /^[A-Z]{4,}/.exec(text)?.[0] ?? []);

    test("by pointer: a scenario is chosen, rewound, stepped through, and a line looked at", () =>
      visit("studio", async (person) => {
        await person.see(".outcome", /^Accepted/);
        await person.click("ep-studio >>> button", /^Scenarios$/);
        await person.click("ep-scenarios >>> button", /^STARTTLS$/);
        await person.see(said, "secured by TLS");
        await person.click("ep-studio >>> button", /^Rewind$/);
        await person.see(".outcome", "The session goes on.");
        for (let step = 0; step < 2; step++) await person.click("ep-studio >>> button", /^Step$/);
        assert.deepEqual(await person.all(said), ["220 mx.example ESMTP Edgepost", "EHLO client.example"]);
        await person.click("ep-studio >>> button", /^End$/);
        await person.see(".outcome", /^Accepted/);
        await person.click(said, /^STARTTLS$/);
        await person.see("ep-inspector", "STARTTLS");
      }));

    test("by keyboard: a scenario is chosen, rewound, stepped through, and a line looked at", () =>
      visit("studio", async (person) => {
        await person.see(".outcome", /^Accepted/);
        await person.press("s");
        await person.tabTo("ep-scenarios >>> button", /^STARTTLS$/);
        await person.press("Enter");
        await person.see(said, "secured by TLS");
        await person.press("r", "n", "n", ".", ".", ".");
        assert.deepEqual(await person.all(said), [
          "220 mx.example ESMTP Edgepost",
          "EHLO client.example",
          "250",
        ]);
        await person.press("e");
        await person.see(".outcome", /^Accepted/);
        await person.tabTo("ep-diagram >>> .scroll", "", "Shift+Tab");
        await person.press("ArrowDown", "ArrowDown");
        await person.see('ep-diagram >>> .option[aria-selected="true"]', "EHLO client.example");
        await person.see("ep-inspector", "EHLO");
      }));

    test("a session runs in time", () =>
      visit("studio", async (person) => {
        await person.see(".outcome", /^Accepted/);
        const whole = await verbs(person);
        await person.press(" ");
        await person.see(".outcome", "The session goes on.");
        await person.see("ep-studio >>> button", /^Pause$/);
        await person.see(said, /^EHLO/);
        await person.see(".outcome", /^Accepted/);
        assert.deepEqual(await verbs(person), whole);
      }));

    test("each scenario's transcript is what the engines say outside of the page", () =>
      visit("studio", async (person, page) => {
        await person.see(".outcome", /^Accepted/);
        // Nonces differ from run to run, and with them what is said of them.
        const steady = SCENARIOS.filter(
          ({ id }) => !/scram|cram|auth-refused|journey|bounce|silence/.test(id),
        );
        assert.ok(steady.length >= 24);
        for (const { id, plan } of steady) {
          const { sessions } = await play(plan);
          const inside = await page.evaluate(
            async (hash) => {
              const studio = document.querySelector("ep-app")!.shadowRoot!.querySelector("ep-studio");
              const view = studio as unknown as { recording: Recording };
              const before = view.recording;
              location.hash = hash;
              while (view.recording === before) await new Promise(requestAnimationFrame);
              return view.recording.sessions.map(({ lines }) =>
                lines.map(({ text, sent }) => `${sent} ${text}`),
              );
            },
            `studio=${await pack({ plan })}`,
          );
          const outside = sessions.map(({ lines }) => lines.map(({ text, sent }) => `${sent} ${text}`));
          assert.deepEqual(inside, outside, id);
        }
      }));

    test("a link restores what was set", async () => {
      let hash = "";
      await visit("studio", async (person, page) => {
        await person.see(".outcome", /^Accepted/);
        await person.fill("ep-client-pane >>> label", /^Subject/, "Kept in a link");
        await person.press("Tab");
        hash = await page.evaluate(async () => {
          while (!location.hash.startsWith("#studio=")) await new Promise(requestAnimationFrame);
          return location.hash.slice(1);
        }, undefined);
      });
      await visit(hash, async (person, page) => {
        await person.see(".outcome", /^Accepted/);
        const subjects = await page.evaluate(() => {
          const studio = document.querySelector("ep-app")!.shadowRoot!.querySelector("ep-studio")!;
          const pane = studio.shadowRoot!.querySelector("ep-client-pane")!.shadowRoot!;
          return [...pane.querySelectorAll("input")].map(({ value }) => value);
        }, undefined);
        assert.ok(subjects.includes("Kept in a link"), subjects.join());
      });
    });
  });

  describe("message lab", () => {
    const fixed = async (person: Person): Promise<void> => {
      await person.see("ep-message >>> .state", /applied/);
      await person.gone("ep-message >>> .state", "reading…");
      await person.gone("ep-findings >>> h4", "address-list-semicolon");
      await person.see("ep-source >>> .cm-line", "To: bob@mx.example, carol@mx.example");
    };

    test("by pointer: a message is pasted, what is wrong in it is found and mended", () =>
      visit(GOOD, async (person) => {
        await person.see("ep-findings", "Nothing to complain of");
        await person.copy(FAULTY);
        await person.click("ep-message >>> button", /^Empty$/);
        await person.see("ep-message >>> .hint", "Paste a message here");
        await person.click("ep-source >>> .cm-content");
        await person.press("Control+v");
        await person.see("ep-findings >>> h4", "address-list-semicolon");
        await person.click("ep-findings >>> button", "Fix address-list-semicolon");
        await person.click("ep-mend >>> dialog button", "Apply 1 fix");
        await fixed(person);
      }));

    test("by keyboard: a message is pasted, what is wrong in it is found and mended", () =>
      visit(GOOD, async (person) => {
        await person.see("ep-findings", "Nothing to complain of");
        await person.copy(FAULTY);
        await person.press("i", "Control+a", "Control+v");
        await person.see("ep-findings >>> h4", "address-list-semicolon");
        await person.press("Escape");
        await person.press("n");
        await person.see("ep-findings >>> [aria-current]");
        await person.press("m");
        await person.see("ep-mend >>> button", /^Apply/);
        await person.press("Enter");
        await fixed(person);
      }));

    test("a message goes into the studio, and is accepted there", () =>
      visit(GOOD, async (person) => {
        await person.see("ep-findings", "Nothing to complain of");
        await person.press("s");
        await person.see("ep-studio >>> .outcome", /^Accepted/);
      }));

    test("nothing of a hostile message runs, or is asked for", async () => {
      const asked: string[] = [];
      const server = createServer(({ url }, response) => {
        asked.push(url!);
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const run = "parent.RAN=1;top.RAN=1";
      const html = `<!doctype html><base href="${at}/"><meta http-equiv="refresh" content="0;url=${at}/refresh">
<link rel="stylesheet" href="${at}/sheet"><link rel="preconnect" href="${at}"><link rel="prefetch" href="${at}/prefetch">
<link rel="dns-prefetch" href="${at}"><style>@import "${at}/import"; @font-face { font-family: f; src: url(${at}/font) }
body { font-family: f; background: u\\72l(${at}/css) } @-moz-document url-prefix() { p { background: url(${at}/moz) } }
p { -moz-binding: url(${at}/xbl#a); filter: url(${at}/filter#f); mask: url(${at}/mask) }</style>
<script>${run}</script><body onload="${run}" background="${at}/background"><p style="background:url(${at}/style)">shown</p>
<img src="${at}/img" srcset="${at}/set 2x" onerror="${run}"><img src=x onerror="${run}"><video src="${at}/v" poster="${at}/p"></video>
<svg onload="${run}"><image href="${at}/svg"/><use href="${at}/use#a"/><script>${run}</script></svg>
<iframe srcdoc="<script>${run}</script>"></iframe><object data="${at}/object"></object><embed src="${at}/embed">
<math><mtext><table><mglyph><style><img src="${at}/mxss" onerror="${run}"></style></mglyph></table></mtext></math>
<form action="${at}/form"><input autofocus onfocus="${run}"></form><details open ontoggle="${run}"><summary>s</summary></details>
<marquee onstart="${run}">m</marquee><a href="javascript:${run}">run</a><a href="${at}/link" ping="${at}/ping">link</a>`;
      const message = `From: a@b.example\r\nSubject: <img src=x onerror=${run}>\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n${html}\r\n`;
      try {
        await visit(`message=${await pack({ source: message, tab: "html" })}`, async (person, page) => {
          await person.see("ep-rendered >>> p", /remote images and .* were not loaded/);
          const { ran, text, links, left } = await page.evaluate(async () => {
            const lab = document.querySelector("ep-app")!.shadowRoot!.querySelector("ep-message")!;
            const rendered = lab.shadowRoot!.querySelector("ep-rendered")!.shadowRoot!;
            const frame = rendered.querySelector("iframe")!;
            while (frame.contentDocument?.body?.innerText.includes("shown") !== true)
              await new Promise(requestAnimationFrame);
            const inside = frame.contentDocument;
            const links = [...inside.querySelectorAll("a")];
            for (const link of links) link.click();
            for (let drawn = 0; drawn < 30; drawn++) await new Promise(requestAnimationFrame);
            return {
              ran: "RAN" in globalThis,
              text: inside.body.innerText,
              links: links.length,
              left: inside.querySelectorAll("script,svg,iframe,object,embed,form,[onerror],[onload],[href]")
                .length,
            };
          }, undefined);
          assert.deepEqual([ran, links, left], [false, 2, 0]);
          assert.match(text, /shown/);
        });
      } finally {
        server.closeAllConnections();
        server.close();
      }
      assert.deepEqual(asked, []);
    });

    test("a link restores the message, and what was shown of it", async () => {
      const hash = `message=${await pack({ source: FAULTY.replaceAll("\n", "\r\n"), tab: "headers" })}`;
      await visit(hash, async (person) => {
        await person.see("ep-message >>> dl.fields dd", "Lunch?");
        await person.see('ep-message >>> [role="tab"][aria-selected="true"]', "Headers");
      });
    });
  });

  describe("line lab", () => {
    test("by pointer: a line is typed, what is wrong is found and mended", () =>
      visit("line", async (person) => {
        await person.see("ep-line >>> .fine");
        await person.fill("ep-line >>> textarea", "", "MAIL FROM:ann@client.example");
        await person.see("ep-line >>> .finding.error");
        await person.click("ep-line >>> .finding button", "Put angle brackets around it");
        await person.see("ep-line >>> .fine");
        await person.see("ep-line >>> ep-values", "ann@client.example");
        await person.click("ep-octets >>> .cell");
        await person.see("ep-octets", /Octet 0/);
      }));

    test("by keyboard: a line is typed, what is wrong is found and mended", () =>
      visit("line", async (person) => {
        await person.see("ep-line >>> .fine");
        await person.press("i", "Control+a");
        await person.type("MAIL FROM:ann@client.example");
        await person.see("ep-line >>> .finding.error");
        await person.press("Tab");
        await person.press("g");
        await person.press("Tab");
        await person.press("f");
        await person.see("ep-line >>> .fine");
        await person.press("o");
        await person.press("ArrowRight");
        await person.see("ep-octets", /Octet 1/);
      }));
  });

  describe("log reader", () => {
    test("by pointer: a log is pasted, drawn, and what went wrong is shown where it did", () =>
      visit("log", async (person) => {
        await person.see(said, "RCPT TO");
        await person.copy(LOG);
        await person.click("ep-log >>> textarea");
        await person.press("Control+a", "Control+v");
        await person.see(said, "421 4.3.2 going down");
        assert.equal((await person.all(said))[1], "EHLO b.example");
        await person.click("ep-log >>> li button", "Show where");
        await person.see("ep-inspector", "421");
      }));

    test("by keyboard: a log is pasted, drawn, and what went wrong is shown where it did", () =>
      visit("log", async (person) => {
        await person.see(said, "RCPT TO");
        await person.copy(LOG);
        await person.press("i", "Control+a", "Control+v");
        await person.see(said, "421 4.3.2 going down");
        await person.press("Tab");
        await person.press("n");
        await person.see("ep-inspector", "421");
      }));
  });

  describe("lessons", () => {
    test("by pointer: a chapter is opened, an exercise tried and solved", () =>
      visit("learn", async (person) => {
        await person.see("ep-learn >>> .text p");
        await person.click("ep-learn >>> .chapters button", "The commands");
        const exercise = 'ep-exercise[name="rcpt"] >>> ';
        await person.fill(`${exercise}input`, "", "RCPT TO:dora@lists.example");
        await person.click(`${exercise}button`, /^Check$/);
        await person.see(`${exercise}.verdict`, /Not yet. Expected "<" at octet 8/);
        await person.fill(`${exercise}input`, "", "RCPT TO:<dora@lists.example>");
        await person.click(`${exercise}button`, /^Check$/);
        await person.see(`${exercise}.verdict`, "✓ Right");
      }));

    test("by keyboard: a chapter is opened, an exercise tried and solved; it stays solved", () =>
      visit("learn", async (person, page) => {
        await person.see("ep-learn >>> .text p");
        await person.press("n");
        await person.see("ep-learn >>> #chapter", "The commands");
        const exercise = 'ep-exercise[name="rcpt"] >>> ';
        await person.see(`${exercise}input`);
        await person.press("e");
        await person.type("RCPT TO:dora@lists.example");
        await person.press("Enter");
        await person.see(`${exercise}.verdict`, /Not yet. Expected "<" at octet 8/);
        await person.press("Control+a");
        await person.type("RCPT TO:<dora@lists.example>");
        await person.press("Enter");
        await person.see(`${exercise}.verdict`, "✓ Right");
        await page.evaluate(async () => {
          while (!Object.values(localStorage).some((kept) => /"solved":\[[^\]]*"rcpt"/.test(String(kept))))
            await new Promise(requestAnimationFrame);
        }, undefined);
        await page.reload();
        await person.see(`${exercise}.tag`, "✓ solved");
      }));
  });

  describe("live view", () => {
    test("without a bridge it says what is missing", () =>
      visit("live", async (person) => {
        await person.see("ep-live", /A page has no sockets: it needs a bridge/);
        await person.see("ep-live", "There is no server beside this page.");
      }));

    test("by pointer: with a server beside it, a session is drawn as it happens, and what was kept is read", async () => {
      await using playing = await running();
      await visit(
        "live",
        async (person) => {
          await person.see("ep-live", "The server beside this page");
          await person.fill("ep-live >>> label", /^Subject/, "Drawn live");
          await person.click("ep-live >>> button", /^Send$/);
          await person.see("ep-live >>> [role=status]", "Accepted for bob@mx.example: 250");
          await person.click(said, "MAIL FROM:<ann@client.example>");
          await person.see("ep-inspector", "MAIL");
          await person.click("ep-live >>> li button", "Drawn live");
          await person.see("ep-live >>> pre", "Subject: Drawn live");
        },
        playing.at.page,
      );
    });

    test("by keyboard: with a server beside it, a session is drawn as it happens", async () => {
      await using playing = await running();
      await visit(
        "live",
        async (person) => {
          await person.see("ep-live", "The server beside this page");
          await person.press("s");
          await person.see("ep-live >>> [role=status]", "Accepted for bob@mx.example: 250");
          await person.see(said, /^QUIT/);
          await person.tabTo("ep-live >>> li button", "Lunch?");
          await person.press("Enter");
          await person.see("ep-live >>> pre", "Subject: Lunch?");
        },
        playing.at.page,
      );
    });
  });

  describe("message lab and server beside the page", () => {
    test("by pointer: a message goes from the lab to the server, and from there into the lab", async () => {
      await using playing = await running();
      await visit(
        GOOD,
        async (person) => {
          await person.see("ep-findings", "Nothing to complain of");
          await person.click("ep-message >>> button", /^Send to the sink…$/);
          await person.click("ep-deliver >>> button", /^Send$/);
          await person.see("ep-deliver >>> .accepted", /^Accepted for bob@mx\.example.*: 250 /);
          await person.click("ep-deliver >>> a", "What it has kept");
          await person.click("ep-live >>> li button");
          await person.click("ep-live >>> button", /^Open in the message lab$/);
          await person.see("ep-message >>> .state", "This is message 1 of the server.");
          await person.see("ep-source >>> .cm-line", /^Subject: /);
          await person.click("ep-message >>> button", /^Undo$/);
          await person.see("ep-message >>> .state", "This is the message before.");
          await person.see("ep-source >>> .cm-line", /^From: /);
        },
        playing.at.page,
      );
    });

    test("by keyboard: a message goes from the lab to the server, and from there into the lab", async () => {
      await using playing = await running();
      await visit(
        GOOD,
        async (person) => {
          await person.see("ep-findings", "Nothing to complain of");
          await person.see("ep-message >>> button", /^Send to the sink…$/);
          await person.press("S");
          await person.tabTo("ep-deliver >>> label:nth-of-type(2) input", "", "Shift+Tab");
          await person.press("Control+a");
          await person.type("zoe@mx.example");
          await person.press("Enter");
          await person.see("ep-deliver >>> .accepted", /^Accepted for zoe@mx\.example: 250 /);
          await person.press("Escape");
          await person.gone("ep-deliver >>> dialog");
          await person.press("5");
          await person.see("ep-live >>> li button", "zoe@mx.example");
          await person.tabTo("ep-live >>> li button");
          await person.press("Enter");
          await person.see("ep-live >>> button", /^Open in the message lab$/);
          await person.press("o");
          await person.see("ep-message >>> .state", "This is message 1 of the server.");
        },
        playing.at.page,
      );
    });
  });

  test("all of it works when the network is gone, after it was loaded once", async () => {
    const gone = await serving();
    await visit(
      "studio",
      async (person, page) => {
        await person.see(".outcome", /^Accepted/);
        await page.evaluate(async () => {
          await navigator.serviceWorker.ready;
          while (navigator.serviceWorker.controller === null) await new Promise(requestAnimationFrame);
        }, undefined);
        await gone.close();
        await page.reload();
        await person.see(".outcome", /^Accepted/);
        await person.press("2");
        await person.see("ep-findings >>> h4");
        for (const [key, view] of [
          ["3", "ep-line >>> .fine"],
          ["4", said],
          ["6", "ep-learn >>> .text p"],
        ] as const) {
          await person.press(key);
          await person.see(view);
        }
      },
      gone.url,
    );
  });
}
