// What a program waits for before its first work is done, in workerd and in a page of Chromium.
import { runtime } from "../start/runtimes.mjs";

export const title = "start-up: from nothing loaded to the first work done";
export const unit = "ms";
export const better = "less";
export const alone = true;
export const note =
  "instantiate: the module that sends, its octets being there. In workerd modules are compiled before; in Chromium all is fetched over loopback.";
export const repeats = { full: 9, quick: 3 };

/** What each does first, by what it is measured against. Of Chromium's peers none sends. */
const PROGRAMS = {
  instantiate: { workerd: ["edgepost"], chromium: ["edgepost"] },
  send: { workerd: ["edgepost", "nodemailer"], chromium: ["edgepost"] },
  parse: { workerd: ["edgepost", "postal-mime"], chromium: ["edgepost", "postal-mime"] },
};
const GOAL = 5; // milliseconds

export function contenders() {
  return Object.entries(PROGRAMS).flatMap(([what, hosts]) =>
    Object.entries(hosts).flatMap(([host, programs]) =>
      programs.map((who) => ({
        who,
        against: `${host}, ${what}`,
        needs: [who, host],
        run: () => runtime(host)(`${who}-${what}`, what === "instantiate"),
      })),
    ),
  );
}

export function goal({ against, ours }) {
  if (!against.endsWith("instantiate")) return undefined;
  return { text: `at most ${GOAL}`, met: ours.median <= GOAL };
}
