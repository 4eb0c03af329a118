"""The scale model as a user of SimPy would write it: a process a machine, an inbox a deque, nothing stored.

Runs with SimPy 3 and 4, and with the SimPy 2 that some distributions still ship.
Usage: scale_model.py MACHINES SECONDS SEED; prints events and seconds.
"""
import sys
import time
from collections import deque
from random import Random

try:
    import simpy
except ImportError:
    simpy = None
    from SimPy.Simulation import Process, Simulation, hold


class Machine:
    def __init__(self, machines, count, index, seed):
        self.machines = machines
        self.peers = (index - 1) % count, (index + 1) % count
        self.dice = Random(seed * 1_000_003 + index)
        self.rate = self.dice.randint(1, 6)
        self.phase = self.dice.random() / self.rate
        self.inbox = deque()
        self.clock = 0
        self.events = 0

    def send(self, peer):
        self.machines[self.peers[peer]].inbox.append(self.clock)

    def tick(self):
        self.events += 1
        if self.inbox:
            self.clock = max(self.clock, self.inbox.popleft()) + 1
            return
        self.clock += 1
        roll = self.dice.randint(1, 10)
        if roll in (1, 3):
            self.send(0)
        if roll in (2, 3):
            self.send(1)

    def life(self, wait):
        """What it does for ever; `wait` makes what its scheduler takes for a pause of so many seconds."""
        yield wait(self.phase)
        while True:
            self.tick()
            yield wait(1 / self.rate)


def prepared(machines):
    """Runs all machines until a time, whichever SimPy there is."""
    if simpy is not None:
        environment = simpy.Environment()
        for machine in machines:
            environment.process(machine.life(environment.timeout))
        return lambda until: environment.run(until=until)
    simulation = Simulation()
    simulation.initialize()
    for machine in machines:
        process = Process(sim=simulation)
        simulation.activate(process, machine.life(lambda pause, process=process: (hold, process, pause)))
    return lambda until: simulation.simulate(until=until)


def main(count, seconds, seed):
    machines = []
    machines.extend(Machine(machines, count, index, seed) for index in range(count))
    run = prepared(machines)
    begun = time.perf_counter()
    run(seconds)
    took = time.perf_counter() - begun
    print(sum(machine.events for machine in machines), f"{took:.6f}")


if __name__ == "__main__":
    given = sys.argv[1:] + ["3", "1000", "1"][len(sys.argv) - 1 :]
    main(int(given[0]), float(given[1]), int(given[2]))
