// Two ways to compose the same message: ours and nodemailer's MailComposer.
import { createRequire } from "node:module";

const draft = {
  from: "Ann Example <ann@example.com>",
  to: ["bob@example.net", "Carol Example <carol@example.net>"],
  subject: "Grüße aus Köln",
  text: "Schöne Grüße aus Köln, wo es regnet.\n".repeat(20),
  html: "<p>Schöne Grüße aus <b>Köln</b>, wo es regnet.</p>\n".repeat(20),
};

const composers = {
  async edgepost() {
    const { compose } = await import("../dist/index.js");
    const message = (content) => compose({ ...draft, attachments: [{ filename: "report.pdf", content }] });
    return {
      whole: async (content) => (await message(content)).bytes(),
      stream: async (content) => (await message(content)).content,
    };
  },
  async nodemailer() {
    const MailComposer = createRequire(import.meta.url)("nodemailer/lib/mail-composer");
    const message = ({ buffer }) =>
      new MailComposer({
        ...draft,
        attachments: [{ filename: "report.pdf", content: Buffer.from(buffer) }],
      }).compile();
    return {
      whole: (content) =>
        new Promise((resolve, reject) => {
          message(content).build((error, bytes) => (error ? reject(error) : resolve(bytes)));
        }),
      stream: (content) => message(content).createReadStream(),
    };
  },
};

/** A contender for each; `measure(composer, who)` resolves to what was measured. */
export function composeBoth(measure) {
  return Object.entries(composers).map(([who, make]) => ({
    who,
    against: "in memory",
    needs: [who],
    run: async () => measure(await make(), who),
  }));
}
