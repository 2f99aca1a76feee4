// Round trips for one message to three recipients on a fresh connection without TLS.
import { roundTrip } from "../stage.mjs";

export const title = "one message, 3 recipients, fresh connection, over the link";
export const unit = "round trips";
export const better = "less";
export const note =
  "smtp-sink has no CHUNKING, so the content waits for the reply to DATA: 3.5 is the floor there, else 2.5.";
export const repeats = { full: 9, quick: 3 };

export function contenders(stage) {
  const job = { link: true, messages: 1, to: 3, octets: 1024 };
  return ["edgepost", "postfix", "smtp-sink"].flatMap((against) =>
    ["edgepost", "nodemailer"].map((who) => ({
      who,
      against,
      needs: [who, against],
      run: async () => (await stage.deliver(who, against, job)) / roundTrip,
    })),
  );
}

export function goal({ against, ours }) {
  return against !== "smtp-sink" ? { text: "at most 3.0", met: ours.median <= 3.0 } : undefined;
}
