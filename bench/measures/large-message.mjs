// Megabytes (10^6 octets) per second for one raw message of 25 MB over loopback, on a connection that is already open.

export const title = "one raw message of 25 MB, loopback";
export const unit = "MB/s";
export const better = "more";
export const repeats = { full: 7, quick: 3 };

const octets = 25_000_000;

export function contenders(stage) {
  const contender = (who, against, how, options) => ({
    who,
    against,
    how,
    needs: [who, against],
    run: async () => {
      const elapsed = await stage.deliver(who, against, { messages: 1, before: 1, octets, options });
      return octets / 1000 / elapsed;
    },
  });
  return ["edgepost", "smtp-sink", "smtp-server"].flatMap((against) => [
    ...(against === "edgepost" ? [contender("edgepost", against, "CHUNKING", {})] : []),
    contender("edgepost", against, "DATA", { chunking: false }),
    contender("nodemailer", against, undefined),
  ]);
}

export function goal() {
  return undefined; // none is set: the copying that CHUNKING saves shows between our two rows
}
