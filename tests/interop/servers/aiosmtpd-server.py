"""aiosmtpd on ports of 127.0.0.1 chosen by the system, until standard input ends.

usage: aiosmtpd-server.py MAIL CERTIFICATES    where CERTIFICATES is JSON, name to [certificate file, key file]

Prints a line of JSON, name to port. A message becomes a file in MAIL: a line of JSON with its envelope, then its content.
"""

import asyncio
import itertools
import json
import logging
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

mail, certificates = sys.argv[1], json.loads(sys.argv[2])
known = {"bob", "alice", "jörg"}
count = itertools.count(1)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        user, _, domain = address.rpartition("@")
        if domain != "example.test" or user not in known:
            return "550 User unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = f"{next(count)}"
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from
        about = {"from": sender, "to": envelope.rcpt_tos, "parameters": envelope.mail_options}
        with open(f"{mail}/.{name}", "wb") as file:
            file.write(json.dumps(about).encode() + b"\n" + envelope.original_content)
        os.rename(f"{mail}/.{name}", f"{mail}/{name}")
        return f"250 OK queued as {name}"


def authenticate(server, session, envelope, mechanism, data):
    valid = isinstance(data, LoginPassword) and (data.login, data.password) == (b"user", b"secret")
    return AuthResult(success=valid, handled=False)


def tls(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates[name])
    return context


async def main():
    def smtp(**options):
        return lambda: SMTP(
            Handler(), hostname="aiosmtpd.test", authenticator=authenticate, enable_SMTPUTF8=True, **options
        )

    good = tls("good")
    services = {
        "plain": (smtp(auth_require_tls=False), None),
        "starttls": (smtp(tls_context=good), None),
        "implicit": (smtp(auth_require_tls=False), good),
        "submission": (smtp(tls_context=good, require_starttls=True, auth_required=True), None),
        **{name: (smtp(tls_context=tls(name)), None) for name in certificates if name != "good"},
    }
    loop = asyncio.get_running_loop()
    ports = {}
    for name, (protocol, context) in services.items():
        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context)
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
