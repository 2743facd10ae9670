"""An operating system in small: tasks with priorities pass packets through queues (polymorphic
calls)."""
from collections import deque

N = 120


class Packet:
    def __init__(self, target, kind, data):
        self.target = target
        self.kind = kind
        self.data = data
        self.hops = 0


class Task:
    def __init__(self, system, ident, priority):
        self.system = system
        self.ident = ident
        self.priority = priority
        self.inbox = deque()
        self.waiting = False
        self.held = False
        system.add(self)

    def receive(self, packet):
        self.inbox.append(packet)
        self.waiting = False

    def runnable(self):
        return not self.held and (bool(self.inbox) or not self.waiting)

    def step(self):
        packet = self.inbox.popleft() if self.inbox else None
        self.run(packet)

    def run(self, packet):
        raise NotImplementedError


class Idle(Task):
    def __init__(self, system, ident, priority, count):
        super().__init__(system, ident, priority)
        self.count = count
        self.seed = 1

    def run(self, packet):
        self.count -= 1
        if self.count == 0:
            self.held = True
            return
        self.seed = self.seed >> 1 if self.seed & 1 == 0 else (self.seed >> 1) ^ 0xD008
        self.system.release(3 + (self.seed & 1))


class Worker(Task):
    def __init__(self, system, ident, priority):
        super().__init__(system, ident, priority)
        self.sum = 0

    def run(self, packet):
        if packet is None:
            self.waiting = True
            return
        packet.data = [(x + packet.hops) % 26 for x in packet.data]
        self.sum += sum(packet.data)
        packet.hops += 1
        packet.target = 3 if packet.kind else 4
        self.system.send(packet)


class Device(Task):
    def __init__(self, system, ident, priority):
        super().__init__(system, ident, priority)
        self.handled = 0

    def run(self, packet):
        if packet is None:
            self.held = True
            return
        self.handled += 1
        if packet.hops < 400:
            packet.target = 1 if packet.hops % 2 else 2
            packet.kind = not packet.kind
            self.system.send(packet)


class System:
    def __init__(self):
        self.tasks = {}
        self.order = []
        self.sent = 0
        self.steps = 0

    def add(self, task):
        self.tasks[task.ident] = task
        self.order = sorted(self.tasks.values(), key=lambda t: -t.priority)

    def send(self, packet):
        self.sent += 1
        target = self.tasks[packet.target]
        target.receive(packet)

    def release(self, ident):
        self.tasks[ident].held = False

    def run(self):
        while True:
            for task in self.order:
                if task.runnable():
                    task.step()
                    self.steps += 1
                    break
            else:
                return


def run(n):
    total = 0
    for _ in range(n):
        system = System()
        Idle(system, 0, 0, 1000)
        workers = [Worker(system, 1, 1000), Worker(system, 2, 1001)]
        devices = [Device(system, 3, 4000), Device(system, 4, 5000)]
        for k in range(6):
            system.send(Packet(1 + k % 2, k % 2 == 0, [k, 3, 5, 7]))
        system.run()
        total += system.sent * 3 + system.steps + sum(w.sum for w in workers) + sum(d.handled for d in devices)
    return total


if __name__ == "__main__":
    print(run(N))
