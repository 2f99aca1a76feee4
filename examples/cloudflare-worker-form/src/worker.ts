// A contact form that sends what is written in it by mail.
import { connect, InputError, SmtpError } from "edgepost";
import { tcp } from "edgepost/workers";

interface Env {
  readonly SMTP_HOST: string;
  readonly SMTP_PORT: string;
  readonly SMTP_TLS?: "required" | "implicit" | "off";
  readonly SMTP_USER?: string;
  readonly SMTP_PASS?: string;
  readonly MAIL_FROM: string;
  readonly MAIL_TO: string;
}

/** Octets of a request at most. */
const LARGEST = 20_000;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method === "GET") return page(200, form());
    if (request.method !== "POST") return page(405, "<p>Only GET and POST.</p>", { Allow: "GET, POST" });
    const origin = request.headers.get("Origin");
    if (origin !== null && origin !== new URL(request.url).origin)
      return page(403, "<p>This form belongs to another site.</p>");
    if (Number(request.headers.get("Content-Length") ?? LARGEST + 1) > LARGEST)
      return page(413, "<p>That is more than a letter. Please shorten it.</p>");

    const data = await request.formData();
    const field = (name: string): string => String(data.get(name) ?? "").trim();
    // People do not see this field; programs fill in everything.
    if (field("website") !== "") return page(200, "<p>Thank you.</p>");
    const [name, address, text] = [field("name"), field("email"), field("text")];
    if (address === "" || text === "") return page(400, form("Please give your address and a text."));

    try {
      await using smtp = await connect(tcp({ host: env.SMTP_HOST, port: Number(env.SMTP_PORT) }), {
        tls: env.SMTP_TLS ?? "required",
        ...(env.SMTP_USER && { auth: { user: env.SMTP_USER, pass: env.SMTP_PASS ?? "" } }),
        signal: AbortSignal.timeout(20_000),
      });
      await smtp.send({
        from: env.MAIL_FROM,
        to: env.MAIL_TO,
        replyTo: { name, address },
        subject: `Contact form: ${name === "" ? address : name}`,
        text: `${name} <${address}> wrote:\n\n${text}\n`,
      });
    } catch (error) {
      if (error instanceof InputError) {
        console.error(error.field, error.message);
        const which = error.field?.startsWith("replyTo") ? "address" : "name";
        return page(400, form(`Please look at the ${which} again: ${error.message}.`));
      }
      if (!(error instanceof SmtpError)) throw error;
      console.error(error.code, error.stage, error.message);
      return page(
        error.retryable ? 503 : 502,
        "<p>Your message could not be sent. Please try again later.</p>",
        error.retryable ? { "Retry-After": "60" } : {},
      );
    }
    return page(200, "<p>Thank you, your message is on its way.</p>");
  },
};

function form(problem = ""): string {
  return `${problem === "" ? "" : `<p role="alert">${escaped(problem)}</p>`}
    <form method="post">
      <p><label>Your name <input name="name" autocomplete="name" maxlength="100"></label></p>
      <p><label>Your address <input name="email" type="email" autocomplete="email" maxlength="254" required></label></p>
      <p hidden><label>Leave this empty <input name="website" tabindex="-1" autocomplete="off"></label></p>
      <p><label>Text <textarea name="text" rows="8" maxlength="10000" required></textarea></label></p>
      <p><button>Send</button></p>
    </form>`;
}

function page(status: number, body: string, headers: Record<string, string> = {}): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>Contact</title><main><h1>Write to us</h1>${body}</main></html>`;
  return new Response(html, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
      ...headers,
    },
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
