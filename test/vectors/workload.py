#!/usr/bin/env python3
"""What the machines of a run with a workload do, by docs/SPEC.md alone: `lightcone events RUN --json` on standard input.

Says how many clock events are as the page states, or the first that is not, and ends with 1.
"""
import json, sys

MASK = 2**32 - 1


class Sfc32:
    def __init__(self, seed, index):
        self.state = seed % 2**32, seed // 2**32, index, 1
        for _ in range(15):
            self.advance()

    def peek(self):
        a, b, _, counter = self.state
        return (a + b + counter) & MASK

    def advance(self):
        a, b, c, counter = self.state
        turned = ((c << 21) | (c >> 11)) & MASK
        self.state = b ^ (b >> 9), (c + (c << 3)) & MASK, (turned + self.peek()) & MASK, (counter + 1) & MASK


def below(draw, n):
    return draw * n // 2**32


class Mutex:
    def __init__(self, machine, machines):
        self.machine, self.others = machine, [m for m in range(1, machines + 1) if m != machine]
        self.requested, self.request, self.heard = 0, dict.fromkeys(self.others, 0), dict.fromkeys(self.others, 0)
        self.owed, self.section, self.inside = [], "out", 0

    def is_granted(self):
        own = (self.requested, self.machine)
        return all(
            own < (self.heard[j], j) and (self.request[j] == 0 or own < (self.request[j], j)) for j in self.others
        )

    def due(self):
        if self.section == "left":
            return self.others, {"purpose": "release"}
        if self.owed:
            return self.owed[:1], {"purpose": "acknowledge"}
        if self.section == "in" and self.inside >= 2:
            return [], {"purpose": "leave"}
        if self.section == "out" and self.requested and self.is_granted():
            return [], {"purpose": "enter"}

    def wish(self, roll, sides, addressed):
        return (self.others, {"purpose": "request"}) if roll == 1 and not self.requested else ([], {})

    def noted(self, payload):
        return {}

    def did(self, event):
        payload = event["payload"]
        purpose = payload.get("purpose")
        self.inside += self.section == "in"
        if event["kind"] == "received":
            sender, clock = payload["sender"], payload["senderLamport"]
            self.heard[sender] = clock
            if purpose == "request":
                self.request[sender] = clock
                self.owed.append(sender)
            elif purpose == "release":
                self.request[sender] = 0
        elif purpose == "request":
            self.requested = event["lamport"]
        elif purpose == "acknowledge":
            self.owed.pop(0)
        elif purpose == "enter":
            self.section, self.inside = "in", 0
        elif purpose == "leave":
            self.section = "left"
        elif purpose == "release":
            self.section, self.requested = "out", 0


class Snapshot:
    def __init__(self, senders, links):
        self.links, self.tokens, self.recorded, self.owes = links, 10, 0, None
        self.received, self.markers, self.at = dict.fromkeys(senders, 0), dict.fromkeys(senders, 0), {}

    def is_open(self, snapshot):
        return snapshot <= self.recorded and any(count < snapshot for count in self.markers.values())

    def record(self):
        return [], {"purpose": "record", "snapshot": self.recorded + 1, "tokens": self.tokens}

    def due(self):
        if self.owes == "record":
            return self.record()
        if self.owes == "marker":
            return self.links, {"purpose": "marker", "snapshot": self.recorded}

    def wish(self, roll, sides, addressed):
        if roll == sides and not self.is_open(self.recorded):
            return self.record()
        return (addressed if len(addressed) <= self.tokens else []), {}

    def noted(self, payload):
        if payload.get("purpose") != "marker":
            return {}
        sender = payload["sender"]
        snapshot = self.markers[sender] + 1
        was = self.at[snapshot][sender] if self.is_open(snapshot) else self.received[sender]
        return {"tokens": self.received[sender] - was}

    def did(self, event):
        payload = event["payload"]
        purpose = payload.get("purpose")
        if event["kind"] == "received":
            sender = payload["sender"]
            if purpose is None:
                self.tokens += 1
                self.received[sender] += 1
            else:
                self.markers[sender] += 1
                if self.markers[sender] > self.recorded:
                    self.owes = "record"
        elif purpose == "record":
            self.recorded += 1
            self.at[self.recorded], self.owes = dict(self.received), "marker"
        elif purpose == "marker":
            self.owes = None
        elif event["kind"] == "sent":
            self.tokens -= len(payload["recipients"])


def addressed(draw, sides, neighbours):
    roll, count = 1 + below(draw, sides), len(neighbours)
    first = 0 if count <= 2 else below(draw * sides % 2**32, count)
    a, b = neighbours[first], neighbours[(first + 1) % count]
    return {1: [a], 2: [b], 3: sorted({a, b})}.get(roll, [])


events = [json.loads(line) for line in sys.stdin]
config = next(event["payload"] for event in events if event["kind"] == "run-started")
neighbours = {e["machine"]: e["payload"]["peers"] for e in events if e["kind"] == "started"}
assert config["pattern"] == "pair", "whom a roll of 3 addresses"
machines, sides = config["machines"], config["sides"]
work, generators, sends, checked = {}, {}, {}, 0
for m, links in neighbours.items():
    senders = [j for j in neighbours if m in neighbours[j]]
    work[m] = Mutex(m, machines) if config["workload"] == "mutex" else Snapshot(senders, links)
    generators[m] = Sfc32(config["seed"], m)

for event in events:
    kind, machine, payload = event["kind"], event["machine"], event["payload"]
    if kind not in ("internal", "sent", "received"):
        continue
    own, generator = work[machine], generators[machine]
    found = {name: payload[name] for name in ("purpose", "snapshot", "tokens") if name in payload}
    due = own.due()
    if kind == "received":
        carried = sends[payload["sender"], payload["sendVersion"]]
        expected = "owes" if due else {**carried, **own.noted(payload)}
    else:
        draw = generator.peek()
        recipients, expected = due or own.wish(1 + below(draw, sides), sides, addressed(draw, sides, neighbours[machine]))
        if recipients != payload.get("recipients", []):
            expected = f"{expected} to {recipients}"
        generator.advance()
        sends[machine, event["version"]] = {k: v for k, v in found.items() if k != "tokens"}
    if expected != found:
        sys.exit(f"{machine}/{event['version']}: must be {expected}, found {kind} {payload}")
    own.did(event)
    checked += 1
print(checked)
