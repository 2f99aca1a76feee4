"""Python's smtplib: sends the message on standard input. The argument is JSON; see clients.ts."""

import json
import smtplib
import ssl
import sys

o = json.loads(sys.argv[1])
context = ssl.create_default_context(cafile=o["ca"])
if o["tls"] == "implicit":
    smtp = smtplib.SMTP_SSL("localhost", o["port"], "client.test", context=context, timeout=20)
else:
    smtp = smtplib.SMTP("localhost", o["port"], "client.test", timeout=20)
smtp.set_debuglevel(1)
if o["tls"] == "starttls":
    smtp.starttls(context=context)
smtp.ehlo_or_helo_if_needed()
if "auth" in o:
    smtp.user, smtp.password = o["auth"]["user"], o["auth"]["pass"]
    smtp.auth(o["auth"]["mechanism"], getattr(smtp, "auth_" + o["auth"]["mechanism"].lower()))
options = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else []
if not all(address.isascii() for address in o["to"]):
    smtp.command_encoding = "utf-8"
    options.append("SMTPUTF8")
refused = smtp.sendmail(o["from"], o["to"], sys.stdin.buffer.read(), options)
print("refused:", *refused)
smtp.quit()
