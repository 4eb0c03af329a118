// The scale model in C++, as bare as it can be and still do what the virtual engine does: a ring of machines for each
// rate, messages under way for a constant latency in one ring, inboxes of fixed size, and one 64-byte record an event.
// Usage: scale_model MACHINES SECONDS SEED; prints events and seconds.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

struct Generator {
  uint32_t a, b, c, counter;
  uint32_t draw() {
    const uint32_t out = a + b + counter++;
    a = b ^ (b >> 9);
    b = c + (c << 3);
    c = ((c << 21) | (c >> 11)) + out;
    return out;
  }
};

static Generator stream(uint32_t seed, uint32_t purpose, uint32_t index) {
  Generator g{seed, purpose, index, 1};
  for (int i = 0; i < 15; i++) g.draw();
  return g;
}

struct Machine {
  Generator rolls;
  uint32_t version, clock, peers[2], first, length;
};
struct Message {
  int64_t at, sent;
  uint32_t sender, version, clock, recipient;
};
struct Ring {
  int64_t rate, round = 0, offset = 0;
  size_t next = 0;
  std::vector<uint32_t> machines;
  std::vector<int64_t> phases;
  int64_t due() const { return phases[next] + offset; }
};
struct Record {
  uint32_t machine, version, kind, queue;
  int64_t at, clock;
  uint32_t detail[8];
};

int main(int count, char** words) {
  const uint32_t machines = count > 1 ? atoi(words[1]) : 3;
  const int64_t duration = int64_t((count > 2 ? atof(words[2]) : 1000) * 1e6);
  const uint32_t seed = count > 3 ? atoi(words[3]) : 1;
  const int64_t latency = 1000;
  const uint32_t capacity = machines > 10000 ? 16 : 1024;

  std::vector<Machine> state(machines);
  std::vector<Message> inboxes(size_t(machines) * capacity);
  std::vector<Ring> rings(6);
  for (uint32_t m = 0; m < machines; m++) {
    Generator setting = stream(seed, 1, m);
    const uint32_t rate = 1 + setting.draw() % 6;
    const int64_t phase = int64_t(setting.draw() % (1000000 / rate));
    state[m] = {stream(seed, 0, m), 0, 0, {(m + 1) % machines, (m + machines - 1) % machines}, 0, 0};
    rings[rate - 1].rate = rate;
    rings[rate - 1].machines.push_back(m);
    rings[rate - 1].phases.push_back(phase);
  }
  rings.erase(std::remove_if(rings.begin(), rings.end(), [](const Ring& r) { return r.machines.empty(); }), rings.end());
  for (Ring& ring : rings) {
    std::vector<std::pair<int64_t, uint32_t>> order;
    for (size_t i = 0; i < ring.machines.size(); i++) order.push_back({ring.phases[i], ring.machines[i]});
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < order.size(); i++) {
      ring.phases[i] = order[i].first;
      ring.machines[i] = order[i].second;
    }
  }

  std::vector<Message> underWay(1 << 16);
  uint64_t head = 0, tail = 0;
  std::vector<Record> records(4096);
  size_t written = 0;
  uint64_t events = 0, checksum = 0;
  auto record = [&](const Record& r) {
    records[written++] = r;
    if (written < records.size()) return;
    for (size_t i = 0; i < written; i += 16) checksum = checksum * 31 + uint64_t(records[i].clock);
    written = 0;
  };
  auto send = [&](uint32_t from, uint32_t to, int64_t at) {
    if (tail - head == underWay.size()) {
      std::vector<Message> larger(2 * underWay.size());
      for (uint64_t i = head; i < tail; i++) larger[i - head] = underWay[i & (underWay.size() - 1)];
      tail -= head;
      head = 0;
      underWay.swap(larger);
    }
    underWay[tail++ & (underWay.size() - 1)] = {at + latency, at, from, state[from].version, state[from].clock, to};
  };

  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    Ring* ring = &rings[0];
    for (size_t i = 1; i < rings.size(); i++)
      if (rings[i].due() < ring->due()) ring = &rings[i];
    const int64_t at = ring->due();
    if (at >= duration) break;
    const uint32_t m = ring->machines[ring->next];
    if (++ring->next == ring->machines.size()) {
      ring->next = 0;
      ring->offset = ++ring->round * 1000000 / ring->rate;
    }
    for (; head < tail && underWay[head & (underWay.size() - 1)].at <= at; head++) {
      const Message& message = underWay[head & (underWay.size() - 1)];
      Machine& to = state[message.recipient];
      if (to.length == capacity) continue;
      uint32_t place = to.first + to.length++;
      if (place >= capacity) place -= capacity;
      inboxes[size_t(message.recipient) * capacity + place] = message;
    }
    Machine& self = state[m];
    events++;
    self.version++;
    if (self.length > 0) {
      const Message& taken = inboxes[size_t(m) * capacity + self.first];
      if (++self.first == capacity) self.first = 0;
      self.length--;
      self.clock = std::max(self.clock, taken.clock) + 1;
      record({m, self.version, 3, self.length, at, self.clock,
              {taken.sender, taken.version, taken.clock, 0, uint32_t(taken.sent), uint32_t(taken.sent >> 32),
               uint32_t(taken.at), uint32_t(taken.at >> 32)}});
      continue;
    }
    self.clock++;
    const uint32_t roll = 1 + uint32_t(uint64_t(self.rolls.draw()) * 10 >> 32);
    if (roll > 3) {
      record({m, self.version, 1, 0, at, self.clock, {}});
      continue;
    }
    record({m, self.version, 2, 0, at, self.clock, {roll == 3 ? 2u : 1u, self.peers[roll == 2], roll == 3 ? self.peers[1] : 0}});
    if (roll != 2) send(m, self.peers[0], at);
    if (roll != 1) send(m, self.peers[1], at);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  printf("%llu %.6f %llx\n", (unsigned long long)events, seconds, (unsigned long long)checksum);
}
