/** The page: reads the form, runs the session, shows what happens. */
import { init, InputError, parseAddress, SmtpError } from "edgepost";
import type { Receipt, Reply } from "edgepost";
import moduleAddress from "edgepost/edgepost.wasm";
import { EXTENSIONS, runSession } from "./session.js";
import type { Outcome, Refusal, Scenario } from "./session.js";
import { element, Transcript } from "./transcript.js";

const form = byId("setup", HTMLFormElement);
const run = byId("run", HTMLButtonElement);
const refuse = byId("refuse", HTMLSelectElement);
const offered = byId("offered", HTMLElement);
const delay = byId("delay", HTMLInputElement);
const result = byId("result", HTMLElement);
const runs = byId("runs", HTMLElement);

let running: AbortController | undefined;
let count = 0;

drawExtensions();
drawRefusals();
byId("to", HTMLTextAreaElement).addEventListener("input", drawRefusals);
delay.addEventListener("input", () => show("delay-shown", delay.value));
byId("explain", HTMLInputElement).addEventListener("change", ({ currentTarget }) => {
  document.body.classList.toggle("terse", !(currentTarget as HTMLInputElement).checked);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running === undefined) void start();
  else running.abort("you stopped it");
});

async function begin(): Promise<void> {
  try {
    await init(new URL(moduleAddress, import.meta.url));
  } catch (error) {
    return showResult("failed", `The engine cannot be loaded: ${(error as Error).message}`);
  }
  await start();
}

async function start(): Promise<void> {
  const scenario = read();
  const wrong = wrongAddress([scenario.from, ...scenario.to]);
  if (wrong !== undefined) return showResult("failed", wrong);
  const transcript = new Transcript(byId("transcript", HTMLOListElement));
  const figures = (): void => {
    show("round-trips", String(transcript.roundTrips));
    show("time", milliseconds(transcript.elapsed));
    show("client-octets", octets(transcript.octets.client));
    show("server-octets", octets(transcript.octets.server));
  };
  running = new AbortController();
  run.textContent = "Stop";
  showResult("running", "Client and server are talking …");
  if (result.getBoundingClientRect().top > innerHeight - 100 && count > 0) result.scrollIntoView();
  const events = {
    step: (step: Parameters<Transcript["add"]>[0]) => {
      transcript.add(step);
      figures();
    },
    received: transcript.received.bind(transcript),
  };
  const outcome = await runSession(scenario, events, running.signal);
  figures();
  running = undefined;
  run.textContent = "Run the session";
  const kind = showOutcome(outcome);
  remember(scenario, kind, transcript);
}

function read(): Scenario {
  const data = new FormData(form);
  const text = (name: string): string => data.get(name) as string;
  return {
    from: text("from").trim(),
    to: recipients(),
    subject: text("subject"),
    text: text("text"),
    offered: new Set(data.getAll("offered") as string[]),
    used: new Set(data.getAll("used") as string[]),
    login: data.has("login"),
    refuse: JSON.parse(refuse.value) as Refusal,
    delay: Number(delay.value),
  };
}

/** What is wrong with the first address that is. */
function wrongAddress(addresses: readonly string[]): string | undefined {
  for (const address of addresses) {
    try {
      parseAddress(address, { utf8: true });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return `"${address}" is no address: ${error.message}`;
    }
  }
  return undefined;
}

function recipients(): string[] {
  const given = byId("to", HTMLTextAreaElement).value.split(/[,\n]/);
  return given.map((address) => address.trim()).filter((address) => address !== "");
}

function drawExtensions(): void {
  for (const extension of EXTENSIONS) {
    const label = element("label");
    const box = element("input");
    Object.assign(box, {
      type: "checkbox",
      name: "offered",
      value: extension,
      checked: extension !== "STARTTLS",
    });
    label.append(box, ` ${extension}`);
    offered.append(label);
  }
}

/** The recipients can be chosen to be refused; a choice that is still there stays. */
function drawRefusals(): void {
  const chosen = refuse.value;
  const choices: [Refusal, string][] = [
    [{ what: "nothing" }, "nothing"],
    ...recipients().map((address): [Refusal, string] => [{ what: "recipient", address }, address]),
    [{ what: "everybody" }, "every recipient"],
    [{ what: "sender" }, "the sender"],
    [{ what: "message" }, "the message, once it has seen it"],
  ];
  refuse.replaceChildren(...choices.map(([value, words]) => new Option(words, JSON.stringify(value))));
  refuse.value = chosen;
  if (refuse.selectedIndex < 0) refuse.selectedIndex = 0;
}

type Kind = "accepted" | "partly" | "refused" | "failed" | "running";

function showOutcome(outcome: Outcome): Kind {
  if ("receipt" in outcome) return showReceipt(outcome.receipt);
  const { error } = outcome;
  const kind = error instanceof SmtpError && error.code === "reply" ? "refused" : "failed";
  const refused = error instanceof SmtpError ? (error.refused ?? []) : [];
  showResult(
    kind,
    capital(error.message),
    ...refused.map(({ recipient, reply }) => `${recipient}: ${words(reply)}`),
  );
  return kind;
}

function showReceipt({ accepted, refused, reply }: Receipt): Kind {
  const kind = refused.length === 0 ? "accepted" : "partly";
  const lines = refused.map(({ recipient, reply }) => `Not for ${recipient}: ${words(reply)}`);
  showResult(kind, `Accepted for ${accepted.join(", ")}: ${words(reply)}`, ...lines);
  return kind;
}

function showResult(kind: Kind, ...lines: string[]): void {
  result.className = `result ${kind}`;
  result.replaceChildren(
    ...lines.map((line) => {
      const paragraph = element("p");
      paragraph.textContent = line;
      return paragraph;
    }),
  );
}

const OUTCOMES: Readonly<Record<Kind, string>> = {
  accepted: "accepted",
  partly: "accepted for some",
  refused: "refused",
  failed: "failed",
  running: "",
};

function remember(scenario: Scenario, kind: Kind, { roundTrips, elapsed }: Transcript): void {
  const { offered, used, login, delay, to } = scenario;
  const both = (extension: string): boolean => offered.has(extension) && used.has(extension);
  const settings = [
    ...["PIPELINING", "CHUNKING"].filter(both),
    ...(offered.has("STARTTLS") ? ["TLS"] : []),
    ...(login ? ["AUTH"] : []),
    `${to.length} ${to.length === 1 ? "recipient" : "recipients"}`,
    `${delay} ms each way`,
  ].join(", ");
  const row = element("tr");
  const cells = [String(++count), OUTCOMES[kind], String(roundTrips), milliseconds(elapsed), settings];
  cells.forEach((text, column) => {
    const cell = element("td", column === 2 || column === 3 ? "number" : "");
    cell.textContent = text;
    row.append(cell);
  });
  runs.prepend(row);
  while (runs.childElementCount > 10) runs.lastElementChild!.remove();
  byId("history", HTMLElement).hidden = false;
}

function words({ code, enhanced, lines }: Reply): string {
  return [code, enhanced, ...lines].filter((part) => part !== undefined).join(" ");
}

function milliseconds(time: number): string {
  return `${Math.round(time).toLocaleString("en")} ms`;
}

function octets(number: number): string {
  return `${number.toLocaleString("en")} octets`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function show(id: string, text: string): void {
  byId(id, HTMLElement).textContent = text;
}

function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${id}`);
}

await begin();
