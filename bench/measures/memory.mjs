// Resident memory, in MiB above what the process has when it is idle, at its peak while a message of 1 GB (10^9 octets)
// streams through: each time in a process of its own, of which nothing else is asked.

export const title = "memory above idle while a message of 1 GB streams through";
export const unit = "MiB";
export const better = "less";
export const note =
  "Node frees the octets of arrays when there are some 32 MiB of them: a loop that makes arrays and drops them takes 45 MiB. " +
  "Raw content is passed on; composing, serving and reading make new arrays, whatever the message's size.";
export const repeats = { full: 3, quick: 1 };

const limit = 32;

export function contenders(stage, { quick }) {
  const size = quick ? 250_000_000 : 1_000_000_000;
  const contender = (who, against, measure) => ({
    who,
    against,
    needs: [who, "edgepost"], // which sends to servers, and receives from clients
    run: async ({ warmUp }) => (await measure(warmUp ? 1_000_000 : size)) / 2 ** 20,
  });
  const sends = (who) => [
    contender(who, "send, raw", (octets) => stage.memoryOf(who, "sendRaw", octets)),
    contender(who, "send, draft", (octets) => stage.memoryOf(who, "sendDraft", octets)),
  ];
  const serves = (who) => contender(who, "serve", (octets) => stage.memoryOfServer(who, octets));
  const parses = (who) => contender(who, "parseStream", (octets) => stage.memoryOf(who, "parse", octets));
  return [
    ...[...sends("edgepost"), ...sends("nodemailer")],
    ...[serves("edgepost"), serves("smtp-server")],
    ...[parses("edgepost"), parses("mailparser")],
  ];
}

export function goal({ ours }) {
  return { text: `under ${limit} MiB`, met: ours.max < limit };
}
