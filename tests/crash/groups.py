#!/usr/bin/env python3
"""Several runs of one concurrency group in one journal: who is let in, who waits, who is sent away.

Each case is a list of acts; what the journal says after each is in groups/CASE.txt, and it is the law. Then the case is
played again with each of its runs killed at its Nth write to the journal, N = 1, 2, … until nothing happens to it
(tests/crash/faults.c), and resumed as soon as there is room. After each:

    - nobody has come in while the group was full; the place of a killed engine was free, and the next one had it
    - every run has ended as it does when nobody is killed, with the same events
    - nothing was done twice; replayed, each goes the same way; `audit verify` finds nothing

    groups.py SHIM [EVERY [CASE…]]      RUNBOOK is the program's path; EVERY 1 does all, 10 every tenth
    groups.py --update                  writes groups/*.txt as it is now
"""
import multiprocessing, os, signal, sys, time

from stage import ENDED, MEMORY, Problem, Stage, must

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120  # seconds until somebody who may go on and does not is taken to hang
BOOK = """runbook: {name}
concurrency: {{group: crowd, limit: {limit}, on_conflict: {on_conflict}}}
steps:
  - {{id: work, run: 'echo work-{name} >>"$LOG"', on_interrupt: skip}}
  - {{id: held, wait: {{signal: go, timeout: 10m}}}}
always:
  - {{id: tidy, run: 'echo tidy-{name} >>"$LOG"', idempotent: true}}
"""


# What is done, by name, and after each act everybody comes as far as he can by himself.
def begins(name, on_conflict="queue", limit=1):
    return "begins", name, {"on_conflict": on_conflict, "limit": limit}


def goes(name):
    return "goes", name, None


def is_killed(name):
    return "is killed", name, None


def is_resumed(name):
    return "is resumed", name, None


CASES = {
    "queue": [begins("a"), begins("b"), goes("a"), goes("b")],
    "in-their-order": [begins("a"), begins("b"), begins("c"), goes("a"), goes("b"), goes("c")],
    "two-at-once": [begins("a", limit=2), begins("b", limit=2), begins("c", limit=2), goes("b"), goes("a"), goes("c")],
    "skip": [begins("a"), begins("b", "skip"), goes("a"), begins("c", "skip"), goes("c")],
    "replace": [begins("a"), begins("b", "replace"), goes("b")],
    "replace-all": [begins("a", limit=2), begins("b", limit=2), begins("c", "replace", 2), goes("c")],
    "allow": [begins("a"), begins("b", "allow"), goes("a"), goes("b")],
    "killed": [begins("a"), begins("b"), is_killed("a"), is_resumed("a"), goes("b"), is_resumed("a"), goes("a")],
    "killed-while-it-waits": [begins("a"), begins("b"), begins("c"), is_killed("b"), goes("a"), is_resumed("b"), goes("c"),
                              is_resumed("b"), goes("b")],
}
# Who is there when nobody else is, or comes when it is too late to cancel him, may go another's way.
OTHER_WAYS = {("skip", "b"): "a", ("skip", "c"): "b", ("replace", "a"): "b", ("replace-all", "a"): "c",
              ("replace-all", "b"): "c"}
# What comes of an interruption, and of nothing else.
INTERRUPTION = {"run.resumed", "step.lost", "timer.late"}


class Member:
    """A run of the group, and the engine that drives it, if any does."""

    def __init__(self, name, concurrency):
        self.name, self.limit, self.on_conflict = name, concurrency["limit"], concurrency["on_conflict"]
        self.engine, self.said, self.is_resumed = None, "", False

    def is_alive(self):
        return self.engine is not None and self.engine.poll() is None


class Play:
    def __init__(self, acts, victim=None, fault=None, shim=None):
        self.acts, self.victim, self.fault = acts, victim, fault
        self.members, self.text, self.shown = {}, [], 0
        self.stage = Stage({f"{name}.yaml": BOOK.format(name=name, **concurrency)
                            for what, name, concurrency in acts if what == "begins"}, shim=shim, within=MEMORY)

    # --- what there is to be seen ---

    def row(self, member):
        """Number, id, status and whether it is in the group; without a row it has not been created."""
        rows = self.stage.ask("SELECT no, id, status, in_group FROM run WHERE runbook = ?", member.name)
        must(len(rows) <= 1, f"there are {len(rows)} runs of {member.name}")
        return rows[0] if rows else (0, None, None, 0)

    def is_held(self, number):
        """It stands still: nothing that was said to it is waiting, either."""
        events = self.stage.ask("SELECT type, path FROM event WHERE run = ?", number)
        return (("timer.set", "held") in events and ("step.finished", "held") not in events
                and not self.stage.ask("SELECT 1 FROM inbox WHERE run = ?", number))

    def may_wait(self, member):
        """The group is full for who waits: others are in it, or were there before. Who replaces them waits for nothing
        but their ends, and who is resumed is let in or sent away."""
        if member.on_conflict == "replace" or member.is_resumed:
            return False
        number, others = self.row(member)[0], 0
        for other in self.members.values():
            row = self.row(other)
            if other is not member and other.is_alive() and row[2] not in ENDED and (row[3] or 0 < row[0] < number):
                others += 1
        return others >= member.limit

    def is_settled(self, member):
        if not member.is_alive():
            return True
        number, _, status, is_in = self.row(member)
        return (status == "running" and is_in and self.is_held(number)) or (status == "queued" and self.may_wait(member))

    def settle(self):
        """Everybody comes as far as he can; whoever does not hangs."""
        until = time.monotonic() + PATIENCE
        while not all([self.is_settled(member) for member in self.members.values()]):
            must(time.monotonic() < until, "somebody hangs:\n" + "\n".join(
                f"{member.name}: {self.row(member)}, {'alive' if member.is_alive() else 'dead'}" for member in self.members.values()))
            time.sleep(0.02)
        for member in self.members.values():
            if member.engine and not member.is_alive():
                self.hear_out(member)

    def hear_out(self, member):
        member.said = member.engine.communicate()[0].decode(errors="replace")
        must(member.engine.returncode in (0, 2, 3, -signal.SIGKILL),
             f"{member.name} ends with {member.engine.returncode}:\n{member.said}")
        member.engine = None

    # --- acts ---

    def begin(self, member):
        fault = self.fault if member.name == self.victim and not self.stage.has_struck() else None
        member.engine = self.stage.start("exec", f"{member.name}.yaml", fault=fault)

    def resume(self, member):
        """False when it was not let in."""
        _, run, status, _ = self.row(member)
        if status in ENDED:
            return True
        if run:
            member.is_resumed = True
            member.engine = self.stage.start("resume", run, "--no-input")
        else:
            self.begin(member)
        self.settle()
        return member.engine is not None or self.row(member)[2] in ENDED

    def go(self, member):
        number, run, status, _ = self.row(member)
        if member.is_alive() and status == "running" and self.is_held(number):
            self.stage.ok("signal", run, "go")
            member.engine.wait()

    def kill(self, member):
        member.engine.send_signal(signal.SIGKILL)
        member.engine.wait()

    def act(self, what, name, concurrency):
        if what == "begins":
            self.members[name] = Member(name, concurrency)
        member = self.members[name]
        {"begins": self.begin, "goes": self.go, "is killed": self.kill, "is resumed": self.resume}[what](member)
        self.settle()
        self.show(what, member)

    def finish(self):
        """Whoever was killed is resumed until there is room for him, and all go on to their ends."""
        for _ in range(4 * len(self.members)):
            for member in self.members.values():
                if not member.is_alive():
                    self.resume(member)
                self.go(member)
                self.settle()
            if all(self.row(member)[2] in ENDED for member in self.members.values()):
                return
        raise Problem("there is no end to it: " + ", ".join(f"{m.name} {self.row(m)[2]}" for m in self.members.values()))

    def play(self):
        for act in self.acts:
            self.act(*act)
            for member in self.members.values():
                if self.victim and not member.is_alive():
                    self.resume(member)
        self.finish()
        self.check()
        return self.stage.has_struck()

    # --- the book ---

    def show(self, what, member):
        """What the journal says since the last act, and where everybody stands."""
        self.text.append(f"{member.name} {what}")
        for index, name, kind, path, status in self.stage.ask(
                "SELECT idx, runbook, type, path, event.status FROM event JOIN run ON no = run WHERE idx > ? ORDER BY idx", self.shown):
            self.text.append(f"    {name}  {kind:22} {path or '':8} {status or ''}".rstrip())
            self.shown = index
        standing = []
        for other in self.members.values():
            _, _, status, is_in = self.row(other)
            place = "" if status in ENDED else ", nobody drives it" if not other.is_alive() else ", in the group" if is_in else ""
            standing.append(f"{other.name} {status}{place}")
        self.text.append("  " + "; ".join(standing))

    # --- what must hold ---

    def lives(self, number):
        """From where to where in the journal a run was under way: once for each of its engines."""
        found = []
        for index, kind in self.stage.ask("SELECT idx, type FROM event WHERE run = ? ORDER BY idx", number):
            if kind == "run.started" or (kind == "run.resumed" and found[-1][1] != found[-1][0]):
                found.append([index, index])
            elif found:
                found[-1][1] = index
        return found

    def check_crowd(self):
        lives = {member: self.lives(self.row(member)[0]) for member in self.members.values()}
        for member, own in lives.items():
            for begin, _ in own if member.on_conflict != "allow" else ():
                inside = [other.name for other, theirs in lives.items() if other is not member
                          and any(first < begin < last for first, last in theirs)]
                must(len(inside) < member.limit, f"{member.name} came in at event {begin} while {inside} were in the group")

    def check_done(self, member, has_begun, lost):
        for step in ("work", "tidy"):
            count = self.stage.lines().count(f"{step}-{member.name}")
            least, most = int(has_begun and step not in lost), 1 if step == "work" or step not in lost else 9
            must(least <= count <= most or (step in lost and count <= most), f"{step} of {member.name} was done {count} times")

    def ways(self):
        """How each run went, whatever came of interruptions: events without what was lost, and what that is."""
        found = {}
        for member in self.members.values():
            events = self.stage.ask("SELECT type, path, status FROM event WHERE run = ? ORDER BY idx", self.row(member)[0])
            lost = {path.split("#")[0] for kind, path, _ in events if kind == "step.lost"}
            way = {(kind, (path or "").split("#")[0], status or "") for kind, path, status in events if kind not in INTERRUPTION}
            found[member.name] = {event for event in way if event[1] not in lost}, lost, ("run.started", "", "running") in way
        return found

    def check(self):
        for member in self.members.values():
            _, lost, has_begun = self.ways()[member.name]
            self.check_done(member, has_begun, lost)
            self.stage.ok("replay", self.row(member)[1])
        self.check_crowd()
        self.stage.ok("audit", "verify")


def same_ways(name, play, reference):
    for member, (way, lost, _) in play.ways().items():
        right = [{event for event in reference[other][0] if event[1] not in lost}
                 for other in (member, OTHER_WAYS.get((name, member), member))]
        must(way in right, f"{member} went another way: {sorted(way ^ right[0])}")


def compare(name, play, update):
    path, now = os.path.join(HERE, "groups", f"{name}.txt"), "\n".join(play.text) + "\n"
    if update:
        with open(path, "w") as file:
            file.write(now)
    must(os.path.exists(path) and open(path).read() == now, f"it is another journal than groups/{name}.txt; it is now:\n{now}")


def once(job):
    """A case without a fault, as it must be; or with one."""
    name, victim, fault, shim, reference, update = job
    play = Play(CASES[name], victim, fault, shim)
    try:
        struck = play.play()
        if reference:
            same_ways(name, play, reference)
        else:
            compare(name, play, update)
        ways = play.ways()
        play.stage.close()
        return struck, ways, None
    except Problem as problem:
        return False, None, f"{name}{f', {victim} with FAULT={fault}' if fault else ''}: {problem}\n(kept in {play.stage.folder})"
    finally:
        for member in play.members.values():
            if member.is_alive():
                member.engine.kill()
                member.engine.communicate()


def sweep(job):
    name, victim, first, every, shim, reference = job
    count, nth = 0, first
    while True:
        struck, _, problem = once((name, victim, f"kill:{nth}:now", shim, reference, False))
        if problem or not struck:
            return name, victim, count, problem
        count, nth = count + 1, nth + every


def main():
    update = "--update" in sys.argv
    shim = None if update else os.path.abspath(sys.argv[1])
    every, names = int(sys.argv[2]) if len(sys.argv) > 2 else 1, sys.argv[3:] or list(CASES)
    failed = 0
    with multiprocessing.Pool(os.cpu_count()) as pool:
        plain = pool.map(once, [(name, None, None, None, None, update) for name in names], chunksize=1)
        jobs = []
        for name, (_, ways, problem) in zip(names, plain):
            print(problem and f"NOT OK - {problem}" or f"ok - {name}")
            failed += bool(problem)
            victims = [] if problem or update else sorted(ways)
            jobs += [(name, victim, 1 + len(jobs) % every, every, shim, ways) for victim in victims]
        for name, victim, count, problem in pool.imap(sweep, jobs, chunksize=1):
            print(problem and f"NOT OK - {problem}" or f"ok - {name}: {victim} killed {count} times", flush=True)
            failed += bool(problem)
    sys.exit(failed > 0)


main()
