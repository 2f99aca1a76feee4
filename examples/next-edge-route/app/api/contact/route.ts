// POST { from, subject, text }: sends it by mail, through a bridge.
import { connect, InputError, SmtpError } from "edgepost";
import { mintToken } from "edgepost/bridge";
import { websocket } from "edgepost/websocket";

export const runtime = "edge";

interface Letter {
  readonly from: string;
  readonly subject: string;
  readonly text: string;
}

export async function POST(request: Request): Promise<Response> {
  const letter = read(await request.json().catch(() => undefined));
  if (letter === undefined)
    return Response.json({ error: "from, subject and text are wanted" }, { status: 400 });
  const { env } = process;
  const host = env["SMTP_HOST"]!;
  const port = Number(env["SMTP_PORT"] ?? 465);
  const implicit = env["SMTP_TLS"] !== "off";
  const bridge = websocket({
    url: env["BRIDGE_URL"]!,
    host,
    port,
    ...(implicit && { tls: "bridge" }),
    token: () => mintToken({ key: env["BRIDGE_KEY"]!, host, port, subject: "contact" }),
  });
  try {
    await using smtp = await connect(bridge, {
      tls: implicit ? "implicit" : "off",
      ...(env["SMTP_USER"] && { auth: { user: env["SMTP_USER"], pass: env["SMTP_PASS"] ?? "" } }),
      signal: AbortSignal.timeout(20_000),
    });
    const { messageId } = await smtp.send({
      from: env["MAIL_FROM"]!,
      to: env["MAIL_TO"]!,
      replyTo: letter.from,
      subject: letter.subject,
      text: letter.text,
    });
    return Response.json({ messageId }, { status: 202 });
  } catch (error) {
    if (error instanceof InputError)
      return Response.json({ error: error.message, field: error.field }, { status: 400 });
    if (!(error instanceof SmtpError)) throw error;
    console.error(error.code, error.stage, error.message);
    return Response.json({ error: "the message could not be sent" }, { status: error.retryable ? 503 : 502 });
  }
}

function read(body: unknown): Letter | undefined {
  const { from, subject, text } = (body ?? {}) as Partial<Record<keyof Letter, unknown>>;
  if (typeof from !== "string" || typeof subject !== "string" || typeof text !== "string") return undefined;
  return text.length > 20_000 ? undefined : { from, subject, text };
}
