// The scale model as fast as we know how to make it in C++, to tell how far from the limit the virtual engine is. It
// does less: messages arrive at once, an inbox holds two numbers a message and, above 10,000 machines, sixteen of them, each
// machine's peers are its neighbours, and nothing goes into or out of a record but one number in sixteen records.
// Machines of a rate never overtake each other, so each rate is a ring whose next tick is the ring's earliest, and the
// schedule is the least of a few numbers.
// Usage: scale_model MACHINES SECONDS SEED; prints events, seconds and a checksum.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

constexpr int rates = 6;
constexpr int64_t never = INT64_MAX;

// The engine's own generator, sfc32.
struct Generator {
  uint32_t a, b, c, counter;
  uint32_t draw() {
    const uint32_t drawn = a + b + counter++;
    a = b ^ (b >> 9);
    b = c + (c << 3);
    c = ((c << 21) | (c >> 11)) + drawn;
    return drawn;
  }
  uint32_t below(uint32_t bound) { return uint32_t(uint64_t(draw()) * bound >> 32); }
};

static Generator seeded(uint32_t seed, uint32_t machine) {
  Generator made{seed, machine, 0, 1};
  for (int i = 0; i < 15; i++) made.draw();
  return made;
}

struct Machine {
  Generator rolls;
  uint32_t clock, version, left, right;
  uint16_t first, waiting;
};

struct Message {
  uint32_t version, clock;
};

struct Record {
  int64_t at;
  uint32_t machine, version, clock, kind, waiting, recipients[2];
  Message taken;
  uint32_t unused[5];
};
static_assert(sizeof(Record) == 64, "a record is a line of the cache");

struct Ring {
  std::vector<uint32_t> machines, phases;
  size_t place = 0;
  int64_t round = 0, offset = 0;
};

int main(int count, char** words) {
  const uint32_t machines = count > 1 ? strtoul(words[1], nullptr, 10) : 3;
  const int64_t end = int64_t((count > 2 ? atof(words[2]) : 1000) * 1e6);
  const uint32_t seed = count > 3 ? strtoul(words[3], nullptr, 10) : 1;
  Generator setting = seeded(seed, machines);
  const uint32_t capacity = machines > 10000 ? 16 : 1024;

  std::vector<Machine> all(machines);
  std::vector<Message> inboxes(size_t(machines) * capacity);
  Ring rings[rates];
  for (uint32_t m = 0; m < machines; m++) {
    const uint32_t left = m == 0 ? machines - 1 : m - 1, right = m + 1 == machines ? 0 : m + 1;
    all[m] = {seeded(seed, m), 0, 0, left, right, 0, 0};
    const uint32_t rate = 1 + setting.below(rates);
    rings[rate - 1].machines.push_back(m);
    rings[rate - 1].phases.push_back(setting.below(1000000 / rate));
  }
  // The least of these says which ring is next: a time, and below it the ring's number.
  int64_t heads[rates];
  for (int r = 0; r < rates; r++) {
    std::sort(rings[r].phases.begin(), rings[r].phases.end());
    heads[r] = rings[r].phases.empty() ? never : int64_t(rings[r].phases[0]) << 3 | r;
  }

  std::vector<Record> records(4096);
  size_t written = 0;
  uint64_t events = 0, checksum = 0;
  const auto deliver = [&](uint32_t to, Message message) {
    Machine& peer = all[to];
    if (peer.waiting == capacity) return;
    inboxes[size_t(to) * capacity + ((peer.first + peer.waiting++) & (capacity - 1))] = message;
  };

  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    const int64_t next = std::min(std::min(std::min(heads[0], heads[1]), std::min(heads[2], heads[3])),
                                  std::min(heads[4], heads[5]));
    const int64_t at = next >> 3;
    if (at >= end) break;
    const int r = next & 7;
    Ring& ring = rings[r];
    const uint32_t m = ring.machines[ring.place];
    if (++ring.place == ring.machines.size()) {
      ring.place = 0;
      ring.offset = ++ring.round * 1000000 / (r + 1);
    }
    heads[r] = (ring.phases[ring.place] + ring.offset) << 3 | r;

    Machine& self = all[m];
    Record& record = records[written];
    events++;
    const uint32_t version = ++self.version;
    uint32_t kind = 1, recipients[2] = {0, 0};
    Message taken = {0, 0};
    if (self.waiting > 0) {
      taken = inboxes[size_t(m) * capacity + self.first];
      self.first = (self.first + 1) & (capacity - 1);
      self.waiting--;
      self.clock = std::max(self.clock, taken.clock) + 1;
      kind = 3;
    } else {
      self.clock++;
      const uint32_t roll = 1 + self.rolls.below(10);
      if (roll <= 3) {
        kind = 2;
        if (roll != 2) deliver(recipients[0] = self.left, {version, self.clock});
        if (roll != 1) deliver(recipients[1] = self.right, {version, self.clock});
      }
    }
    record = {at, m, version, self.clock, kind, self.waiting, {recipients[0], recipients[1]}, taken, {}};
    if (++written < records.size()) continue;
    for (size_t i = 0; i < written; i += 16) checksum = checksum * 31 + records[i].clock;
    written = 0;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  printf("%llu %.6f %llx\n", (unsigned long long)events, seconds, (unsigned long long)checksum);
}
