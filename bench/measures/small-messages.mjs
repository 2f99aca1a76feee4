// Small raw messages per second over loopback, one connection, one after the other.

export const title = "small raw messages (1 kB), one connection, loopback";
export const unit = "messages/s";
export const better = "more";
export const note =
  "smtp-sink has no CHUNKING: each message waits a round trip there. smtp-server has none either, and is itself the limit.";
export const repeats = { full: 7, quick: 3 };

export function contenders(stage, { quick }) {
  const before = 20;
  const messages = { edgepost: quick ? 2000 : 10_000, nodemailer: quick ? 500 : 2000 };
  return ["edgepost", "smtp-sink", "smtp-server"].flatMap((against) =>
    ["edgepost", "nodemailer"].map((who) => ({
      who,
      against,
      needs: [who, against],
      run: async () => {
        // Our client cannot be faster than the slowest server: fewer messages tell as much there.
        const count = against === "smtp-server" ? messages.nodemailer : messages[who];
        return (
          count / ((await stage.deliver(who, against, { messages: count, before, octets: 1024 })) / 1000)
        );
      },
    })),
  );
}

export function goal({ against, ours, theirs }) {
  if (against === "smtp-server") return undefined;
  return { text: "at least 5 times", met: ours.median >= 5 * theirs.median };
}
