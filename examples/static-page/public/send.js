// Sends what is in the form, from this page, through the bridge.
import { connect, SmtpError } from "./edgepost/inline/index.js";
import { websocket } from "./edgepost/adapters/websocket.js";

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");
const progress = document.querySelector("progress");
let sending;

form.elements.stop.addEventListener("click", () => sending?.abort(new Error("you stopped it")));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  sending = new AbortController();
  busy(true);
  try {
    status.textContent = await send(new FormData(form), sending.signal);
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error;
    const again = error.retryable ? " You may try again." : "";
    const unsure = error.delivery === "uncertain" ? " It may have arrived nevertheless." : "";
    status.textContent = `Not sent: ${error.message}.${unsure}${again}`;
  } finally {
    busy(false);
  }
});

async function send(data, signal) {
  const settings = await (await fetch("settings.json", { signal })).json();
  const { host, port, tls } = settings;
  const bridge = websocket({
    url: settings.bridge,
    host,
    port,
    ...(tls === "implicit" && { tls: "bridge" }),
    token: async () => (await (await fetch("token", { method: "POST", signal })).json()).token,
  });
  const smtp = await connect(bridge, { tls: tls === "implicit" ? "implicit" : "off", signal });
  try {
    const file = data.get("file");
    const { accepted, reply } = await smtp.send({
      from: data.get("from"),
      to: data.get("to").split(","),
      subject: data.get("subject"),
      text: data.get("text"),
      ...(file.size > 0 && {
        attachments: [
          {
            filename: file.name,
            contentType: file.type || "application/octet-stream",
            content: watched(file),
          },
        ],
      }),
    });
    return `Sent to ${accepted.join(", ")}: ${reply.code} ${reply.lines.join(" ")}`;
  } finally {
    await smtp.close();
  }
}

/** A file whose reading is shown. */
function watched(file) {
  let read = 0;
  progress.max = file.size;
  const watch = new TransformStream({
    transform(bytes, controller) {
      progress.value = read += bytes.length;
      controller.enqueue(bytes);
    },
  });
  return file.stream().pipeThrough(watch);
}

function busy(is) {
  form.querySelector("button").disabled = is;
  form.elements.stop.disabled = !is;
  progress.hidden = !is;
  progress.value = 0;
  if (is) status.textContent = "Sending …";
}
