"""Python's smtplib asks for more than to send a message. The argument is JSON: {port, what, from, to}."""

import json
import smtplib
import sys

o = json.loads(sys.argv[1])
message = b"Subject: asked\r\n\r\nhello\r\n"
smtp = (smtplib.LMTP if o["what"] == "lmtp" else smtplib.SMTP)("127.0.0.1", o["port"], "client.test")
smtp.set_debuglevel(1)
if o["what"] == "lmtp":
    refused = smtp.sendmail(o["from"], o["to"], message)
elif o["what"] == "dsn":
    mail = ["RET=FULL", "ENVID=QQ+2B314159"]
    rcpt = ["NOTIFY=SUCCESS,FAILURE,DELAY", "ORCPT=rfc822;Bob+2Bx@example.test"]
    refused = smtp.sendmail(o["from"], o["to"], message, mail, rcpt)
else:
    refused = {}
    for code, text in (smtp.vrfy("bob"), smtp.expn("staff"), smtp.docmd("HELP")):
        print(code, text)
print("refused:", *refused)
smtp.quit()
