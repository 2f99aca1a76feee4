"""Reads messages as Python's email package does, and tells what is in them as JSON.

Standard input holds messages, each behind a line with its length in octets.
"""

import base64
import json
import sys
from email import message_from_bytes, policy


def text(value):
    return None if value is None else str(value)


def addresses(message, name):
    field = message[name]
    return [] if field is None else [[a.display_name, a.addr_spec] for a in field.addresses]


def part(entity):
    kind = entity.get_content_type()
    read = {"type": kind}
    if kind == "message/rfc822":
        read["subject"] = text(entity.get_payload(0)["Subject"])
    elif not entity.is_multipart():
        read["content"] = base64.b64encode(entity.get_payload(decode=True)).decode()
    if entity.get_filename() is not None:
        read["filename"] = entity.get_filename()
    if entity["Content-ID"] is not None:
        read["cid"] = text(entity["Content-ID"])
    if entity.get_content_disposition() is not None:
        read["disposition"] = entity.get_content_disposition()
    if entity.get_param("method") is not None:
        read["method"] = entity.get_param("method")
    return read


def parts(entity):
    yield entity
    if entity.is_multipart() and entity.get_content_type() != "message/rfc822":
        for child in entity.iter_parts():
            yield from parts(child)


def defects(message):
    found = []
    for entity in parts(message):
        found += [repr(defect) for defect in entity.defects]
        for name, value in entity.items():
            # Encoded words in quotes are for readers that know nothing else, and Python tells of them.
            if name.lower() != "content-type":
                found += [name + ": " + repr(defect) for defect in getattr(value, "defects", ())]
    return found


def read(octets):
    message = message_from_bytes(octets, policy=policy.SMTP)
    return {
        "subject": text(message["Subject"]),
        "from": addresses(message, "From"),
        "to": addresses(message, "To"),
        "cc": addresses(message, "Cc"),
        "bcc": text(message["Bcc"]),
        "note": text(message["X-Note"]),
        "references": (text(message["References"]) or "").split(),
        "parts": [part(entity) for entity in parts(message)],
        "defects": defects(message),
    }


results = []
while line := sys.stdin.buffer.readline():
    results.append(read(sys.stdin.buffer.read(int(line))))
json.dump(results, sys.stdout)
