/** Haraka with a private configuration and queue. */

import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Certificates } from "../../support/certificates.js";
import { HARAKA } from "../software.js";
import { launch, type Server } from "./launch.js";
import { type Delivered, Mailbox } from "./mailbox.js";

/** With STARTTLS, and AUTH also in the clear; with implicit TLS. */
export type Port = "starttls" | "implicit";

/** Starts Haraka, with the same user and recipients as Postfix here. Mail for other domains goes on to the port `next`. */
export function startHaraka(certificates: Certificates, next?: number): Promise<Server<Port>> {
  return launch<Port>({
    name: "Haraka",
    ports: ["starttls", "implicit"],
    async prepare(place) {
      const { good } = certificates;
      const { starttls, implicit } = place.port;
      const listen = `listen=127.0.0.1:${starttls},127.0.0.1:${implicit}\nsmtps_port=${implicit}\n`;
      await place.directories(["config", "mail", "plugins", "queue"]);
      await copyFile(fileURLToPath(new URL("haraka-keep.js", import.meta.url)), place.at("plugins/keep.js"));
      // It breaks longer lines in two.
      const connection = (await readFile(join(HARAKA, "config", "connection.ini"), "utf8"))
        .replace(/^;?\s*bytes\s*=.*/m, "bytes=52428800")
        .replace(/^;?\s*data_line_length\s*=.*/m, "data_line_length=1010");
      const files: Record<string, string> = {
        "connection.ini": connection,
        "smtp.ini": `${listen}nodes=0\ndaemonize=false\n`,
        "auth_flat_file.ini": "[core]\nmethods=PLAIN,LOGIN,CRAM-MD5\n[users]\nuser=secret\n",
        "outbound.ini": "enable_tls=false\nreceived_header=Haraka outbound\n",
        "smtp_forward.ini": `host=127.0.0.1\nport=${next}\nenable_tls=true\nenable_outbound=true\n`,
        "log.ini": "level=info\n",
        "tls_key.pem": good.key,
        "tls_cert.pem": good.cert,
        plugins: `tls\nauth/flat_file\nkeep\n`,
        me: "haraka.test\n",
      };
      if (next !== undefined) files["plugins"] += "queue/smtp_forward\n";
      for (const [name, text] of Object.entries(files)) await place.write(join("config", name), text);
      return [process.execPath, join(HARAKA, "bin", "haraka"), "-c", place.path];
    },
    mailbox: (place) => new Mailbox(place.at("mail"), read),
  });
}

/** Takes off the plugin's line and what Haraka puts in front. */
function read(file: Buffer): Delivered {
  const end = file.indexOf("\n");
  const envelope = JSON.parse(file.toString("utf8", 0, end)) as Omit<Delivered, "content">;
  const content = file.subarray(end + 1);
  const added = /^(?:(?:Received|Authentication-Results): .*\r\n(?:[ \t].*\r\n)*)+/.exec(
    content.toString("latin1", 0, 4096),
  );
  return { ...envelope, content: content.subarray(added?.[0].length ?? 0) };
}
