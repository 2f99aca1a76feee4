// Round trips for 50 messages on one connection without TLS, connecting included.
import { roundTrip } from "../stage.mjs";

export const title = "50 messages, one connection, over the link";
export const unit = "round trips";
export const better = "less";
export const note =
  "smtp-sink has no CHUNKING, so each message waits for the reply to DATA: 52.5 is the floor there, else 2.5. " +
  "Postfix's figure has its own work in it: it writes each message to its queue.";
export const repeats = { full: 5, quick: 1 };

export function contenders(stage) {
  const job = { link: true, octets: 1024 };
  return ["edgepost", "postfix", "smtp-sink"].flatMap((against) =>
    ["edgepost", "nodemailer"].map((who) => ({
      who,
      against,
      needs: [who, against],
      run: async ({ warmUp }) =>
        (await stage.deliver(who, against, { ...job, messages: warmUp ? 5 : 50 })) / roundTrip,
    })),
  );
}

export function goal({ against, ours }) {
  return against === "edgepost" ? { text: "at most 4.0", met: ours.median <= 4.0 } : undefined;
}
