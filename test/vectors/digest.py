#!/usr/bin/env python3
"""The digest of a run from `lightcone events RUN --json`, by docs/SPEC.md alone: an event a line on standard input."""
import hashlib, json, sys
from datetime import datetime, timezone
from struct import pack

KIND = {"internal": 1, "sent": 2, "received": 3, "started": 4, "dropped": 5, "missed": 6, "stopped": 7, "resumed": 8}
CODE = {
    "dropped": {"drop-newest": 1, "drop-oldest": 2, "loss": 3, "duplicate": 4},
    "missed": {"overdue": 1, "store-outage": 2},
    "stopped": {"finished": 1, "interrupted": 2, "store-lost": 3},
}
FAULT = {name: i + 1 for i, name in enumerate("pause resume crash restart cut heal delay".split())}
PURPOSE = ["request", "acknowledge", "release", "enter", "leave", "marker", "record"]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def microseconds(text):
    since = datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def blocks(data):
    return data + bytes(-len(data) % 64)


def delivery(p, start):
    times = [microseconds(p[name]) - start for name in ("sentAt", "arrivedAt")]
    return pack("<IIqqq", p["sender"], p["sendVersion"], p["senderLamport"], *times)


def listed(numbers, room):
    data = pack(f"<I{len(numbers)}I", len(numbers), *numbers)
    return blocks(data[:room]).ljust(room, b"\0")[:room] + blocks(data[room:])


def record(e, start):
    p, at = e["payload"], microseconds(e["occurredAt"]) - start
    if e["kind"] == "fault-injected":
        places = (p["machine"], 0) if "machine" in p else (p["from"], p["to"])
        detail = pack("<IIqq", *places, p.get("delayUs", 0), p["atUs"])
        return blocks(pack("<IIHHIqq", 0, 0, 9, FAULT[p["fault"]], 0, at, 0) + detail)
    kind = e["kind"]
    label = p.get("label") if kind in ("internal", "sent") else None
    purpose = p.get("purpose") if kind in ("internal", "sent", "received") else None
    code = CODE[kind][p["reason"]] if kind in CODE else int(label is not None) + 2 * int(purpose is not None)
    more = b""
    if purpose is not None:
        more = blocks(pack("<III", 1 + PURPOSE.index(purpose), p.get("snapshot", 0), p.get("tokens", -1) + 1))
    if kind == "sent":
        detail = listed(p["recipients"], 32)
    elif kind in ("received", "dropped"):
        detail = delivery(p, start)
        if kind == "received" and "heldUs" in p:
            places = [int(n) for n in p.get("heldFor", "0/0").split("/")]
            code, more = code + 1, more + blocks(pack("<qII", p["heldUs"], *places))
    elif kind == "started":
        detail = pack("<II", p["rate"], p["phaseUs"]) + listed(p["peers"], 24)
    elif kind == "missed":
        detail = pack("<qq", p["first"], p["count"])
    elif kind == "stopped":
        detail, more = pack("<I", len(p["inbox"])), blocks(b"".join(delivery(one, start) for one in p["inbox"]))
    else:
        detail = pack("<q", p["downUs"]) if kind == "resumed" else b""
    if label is not None:
        text = label.encode()
        more += blocks(pack("<I", len(text)) + text)
    head = pack("<IIHHIqq", e["machine"], e["version"], KIND[kind], code, e["queueLength"], at, e["lamport"])
    return blocks(head + detail) + more


digest, begun = hashlib.sha256(blocks(pack("<I", 1))), None
for line in sys.stdin:
    event = json.loads(line)
    if event["kind"] == "run-started":
        begun = microseconds(event["occurredAt"])
    elif event["machine"] > 0 or event["kind"] == "fault-injected":
        digest.update(record(event, begun))
print(digest.hexdigest())
