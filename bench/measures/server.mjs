// Small messages per second that a server takes from `smtp-source -s 10`: ten connections at a time, each message on a new one.

export const title = "server, small messages, 10 sessions, a connection each";
export const unit = "messages/s";
export const better = "more";
export const note = "smtp-server waits 100 ms before it greets; server-kept shows it without that.";
export const repeats = { full: 7, quick: 3 };

export const contenders = servers({ keep: false });

export function servers({ keep }) {
  return (stage, { quick }) =>
    ["edgepost", "smtp-sink", "smtp-server"].map((who) => ({
      who,
      against: "smtp-source",
      needs: [who, "smtp-source"],
      run: async ({ warmUp }) => {
        const messages = count(who, keep, quick && !warmUp);
        return messages / ((await stage.load(who, { messages, octets: 1024, sessions: 10, keep })) / 1000);
      },
    }));
}

function count(who, keep, quick) {
  if (who === "smtp-server" && !keep) return quick ? 200 : 400;
  return quick ? 1000 : 6000;
}

export function goal({ ours, theirs }) {
  if (theirs.who === "smtp-sink") return { text: "at least half", met: ours.median >= theirs.median / 2 };
  return { text: "at least 10 times", met: ours.median >= 10 * theirs.median };
}
