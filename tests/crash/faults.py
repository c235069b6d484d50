#!/usr/bin/env python3
"""The Nth system call of a kind fails, N = 1, 2, … until nothing fails: full and bad disks, no free descriptors or
processes, a clock that is set, a killed, suspended or powerless machine (tests/crash/faults.c). After each:

    - the program has ended with the right status and with words, never with a signal of its own
    - no step was carried out that the journal had not ordered, or twice that may not be; none is missing
    - resumed, the run ends with the events that a run has which nothing happened to
    - `audit verify` finds nothing, and the journal takes the next run

    faults.py SHIM [EVERY [KIND…]]      RUNBOOK is the program's path; EVERY 1 does all, 10 every tenth

Four runbooks: one of steps and time, one that asks much of the world (world.py), one whose engine has died while a process
of it lives, so that the next engine has to end that first, and one whose engine lives: there the fault is the next engine's.

`all`, `some`, `torn`: of what was written and not flushed when the power went, all is lost, or some, or half a write.
"""
import json, multiprocessing, os, signal, sqlite3, subprocess, sys, time

import world
from stage import ENDED, Problem, Stage, must

SHIM = os.path.abspath(sys.argv[1])
PATIENCE = 60  # seconds, after which whoever has not ended is taken to hang
STEPS = """runbook: faults
steps:
  - {id: s0, run: 'echo s0 >>"$LOG"', on_interrupt: skip}
  - {id: each, foreach: [1, 2, 3], max_parallel: 3, run: 'echo each-${{ item }} >>"$LOG"', on_interrupt: skip}
  - {id: nap, wait: 5ms}
  - {id: again, run: 'echo again >>"$LOG"; seq 300', idempotent: true}
  - {id: last, run: 'echo last >>"$LOG"', on_interrupt: skip}
"""
LINES = {"s0": "s0", "each[1]": "each-1", "each[2]": "each-2", "each[3]": "each-3", "again": "again", "last": "last"}
# While one of them lives it holds the lock.
ORPHAN = """runbook: orphan
steps:
  - id: alone
    on_interrupt: retry
    run: 'exec 9>lock; flock -n 9 || echo two-at-once >>"$LOG"; echo alone >>"$LOG"; [ -e go ] || exec sleep 1000'
"""
# Its engine lives, and another wants the run.
HELD = """runbook: held
steps:
  - {id: held, run: 'echo held >>"$LOG"; until [ -e go ]; do sleep 0.02; done', on_interrupt: retry}
"""


class Book:
    """`lines`: which step writes what; what is in `repeatable` may be there more than once."""

    def __init__(self, text, lines, repeatable, world=None):
        self.text, self.lines, self.repeatable, self.world = text, lines, repeatable, world

    def write(self, stage):
        with open(stage.place("book.yaml"), "w") as file:
            file.write(self.world.book(stage.folder) if self.world else self.text)

    def done(self, stage):
        return stage.lines() + (self.world.lines(stage.folder) if self.world else [])


BOOKS = {
    "steps": Book(STEPS, LINES, {"again"}),
    "world": Book(None, world.LINES, world.REPEATABLE),
    "orphan": Book(ORPHAN, {"alone": "alone"}, {"alone"}),
    "detached": Book(STEPS.replace("faults", "detached"), LINES, {"again"}),
    "held": Book(HELD, {"held": "held"}, set()),
}
# What comes of an interruption, and of nothing else.
INTERRUPTION = {"run.resumed", "step.lost", "timer.late", "run.taken_over"}
STEP, JOURNAL, KILLED = {0, 1}, {0, 5}, {-signal.SIGKILL}
FOREVER = 1000000

# Book, kind and how, the statuses that are right, whether the journal is there already.
CASES = [("steps", f"write:{how}", JOURNAL, there) for how in ("EIO", "ENOSPC", "short") for there in (True, False)]
CASES += [("steps", f"write:{how}:3", JOURNAL, True) for how in ("EIO", "ENOSPC")]
CASES += [("steps", f"sync:{how}", JOURNAL, there) for how in ("EIO", "ENOSPC") for there in (True, False)]
CASES += [("steps", "grow:ENOSPC", JOURNAL, True), ("steps", "read:EIO", JOURNAL, True), ("steps", "lock:EAGAIN", JOURNAL, True),
          ("steps", "lock:EIO", JOURNAL, True)]
CASES += [("steps", f"open:{how}", {0, 1, 5}, there) for how in ("EMFILE", "ENFILE", "EIO") for there in (True, False)]
CASES += [("steps", "pipe:EMFILE", STEP, True), ("steps", "pipe:ENFILE", STEP, True),
          ("steps", "clone:EMFILE", STEP, True), ("steps", "clone:EAGAIN", STEP, True), ("steps", "clone:ENOMEM", STEP, True)]
CASES += [("steps", "nfs:now", {5}, there) for there in (True, False)]
CASES += [("steps", "clock:-3600", {0}, True), ("steps", "clock:86400", {0}, True)]
CASES += [("steps", "kill:now", KILLED, there) for there in (True, False)]
CASES += [("steps", f"power:{how}", KILLED, there) for how in ("all", "some", "torn") for there in (True, False)]
CASES += [("steps", "stop:now", {5}, True)]
CASES += [("world", f"{kind}:{how}", STEP, True) for kind, hows in (
    ("socket", ("EMFILE", "ENFILE", "ENOMEM")), ("memfd", ("EMFILE", "ENOMEM")), ("pidfd", ("EMFILE", "ENOMEM", f"ENOSYS:{FOREVER}")),
    ("poll", ("EMFILE", "ENOMEM")), ("watch", ("ENOMEM", "ENOSPC", f"ENOSPC:{FOREVER}")), ("pipe", ("EMFILE",)), ("clone", ("EAGAIN",)))
    for how in hows]
CASES += [("world", "thread:EAGAIN", {0, 1, 5}, True), ("world", "thread:EAGAIN:3", {0, 1, 5}, True),
          ("world", "map:ENOMEM", {0, 1, 5}, True), ("world", "open:EMFILE", {0, 1, 5}, True), ("world", "kill:now", KILLED, True)]
CASES += [("orphan", f"{kind}:{how}", {0, 1, 5}, True) for kind, hows in (
    ("open", ("EMFILE", "ENOMEM")), ("pidfd", ("EMFILE", "ENOMEM", "ENOSYS", f"ENOSYS:{FOREVER}")), ("watch", ("ENOMEM",)),
    ("socket", ("EMFILE",)), ("read", ("EIO",)), ("write", ("EIO",))) for how in hows]
CASES += [("orphan", "kill:now", KILLED, True)]
CASES += [("detached", f"spawn:{how}", {1}, True) for how in ("EAGAIN", "ENOMEM")]
CASES += [("held", f"open:{how}", {2, 5}, True) for how in ("EMFILE", "ENOMEM")]
# libuv makes two pipes for itself, and aborts when it cannot; loop_new sees to it that there is room for them.
FIRST = {"pipe": 3}
STEPS_APART = {"clock": 7, "read": 5, "lock": 5}  # the same again and again


def events(stage, number):
    return stage.ask("SELECT type, path, status FROM event WHERE run = ? ORDER BY idx", number)


def shape(stage, number):
    """What happened, whatever the order of what went on at once and the number of attempts."""
    return {(kind, (path or "").split("#")[0], status or "") for kind, path, status in events(stage, number)
            if kind not in INTERRUPTION and (path != "again" or not kind.startswith(("step.retrying", "timer")))}


class Trial:
    """One book, once, with one fault."""

    def __init__(self, book, template, reference):
        self.stage, self.book, self.reference = Stage(template=template, shim=SHIM), book, reference
        self.before = self.stage.newest()[0]
        book.write(self.stage)

    def run(self, *args, fault=None):
        engine = self.stage.start(*args, fault=fault)
        try:
            out = engine.communicate(timeout=PATIENCE)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(engine.pid, signal.SIGKILL)
            raise Problem(f"runbook {' '.join(args)} hangs:\n{engine.communicate()[0].decode(errors='replace')}")
        return engine.returncode, out

    def must_succeed(self, *args):
        code, out = self.run(*args)
        must(code == 0, f"afterwards runbook {' '.join(args)} ends with {code}:\n{out}")

    # --- what must hold ---

    def check_ordered(self):
        """What was done was in the journal first."""
        started = {(path or "").split("#")[0] for kind, path, _ in events(self.stage, self.stage.newest()[0]) if kind == "step.started"}
        lines = self.book.done(self.stage)
        must("two-at-once" not in lines, "there were two of them at once")
        for path, line in self.book.lines.items():
            must(line not in lines or path in started, f"{line} was done, and the journal has not ordered it")
            must(line in self.book.repeatable or lines.count(line) <= 1, f"{line} was done {lines.count(line)} times")

    def check_end(self, number, status, out):
        there, lines = events(self.stage, number), self.book.done(self.stage)
        lost = {path.split("#")[0] for kind, path, _ in there if kind == "step.lost"}
        done = {(path or "").split("#")[0] for kind, path, how in there if kind == "step.finished" and how == "succeeded"}
        for path, line in self.book.lines.items():
            must(path not in done or line in lines, f"{path} succeeded, and was not done")
        if status == "succeeded" and not lost:
            now = shape(self.stage, number)
            must(now == self.reference, f"the run has other events: {now ^ self.reference}\n{out}")
        if status != "succeeded":
            self.check_failure(number, out)

    def check_failure(self, number, out):
        """It is known where, what sort of failure it was, and why."""
        failures = self.stage.ask("SELECT path, class, data FROM event WHERE run = ? AND type = 'step.finished' AND status = 'failed'", number)
        must(failures, f"the run failed, and no step did:\n{out}")
        for path, class_, data in failures:
            must(class_ and json.loads(data).get("message"), f"{path} failed without a class or a word")
            must(path.split("#")[0] in out and f"(class {class_})" in out, f"that {path} failed is not said:\n{out}")

    def check_nothing_left(self, run):
        mark, left = b"RUNBOOK_RUN_ID=" + run.encode() + b"\0", []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    left += [pid] if mark in file.read() else []
            except OSError:
                pass
        for pid in left:
            os.kill(int(pid), signal.SIGKILL)
        must(not left, f"{len(left)} processes of the run are left")

    # --- how it goes ---

    def finish(self, out):
        """Resume until the run has ended; then everything is as it should be."""
        number, run, status = self.stage.newest()
        for _ in range(5):
            if number == self.before or status in ENDED:
                break
            code, out = self.run("resume", run, "--no-input")
            if "never began" in out:
                number = self.before
                break
            number, run, status = self.stage.newest()
            must(status == "succeeded", f"resumed, status {code}:\n{out}")
        if number != self.before:
            self.check_ordered()
            self.check_end(number, status, out)
            self.check_nothing_left(run)
        else:
            must(not self.book.done(self.stage), "something was done for a run that is not in the journal")
        os.path.exists(self.stage.log) and os.remove(self.stage.log)
        self.must_succeed("exec", "book.yaml")
        self.must_succeed("audit", "verify")

    def begin(self):
        engine = self.stage.start("exec", "book.yaml")
        while not self.stage.lines():
            must(engine.poll() is None, "it has not begun")
            time.sleep(0.01)
        return engine

    def begin_orphan(self):
        """An engine dies, and a process of it lives on. What is to be struck is the next one."""
        engine = self.begin()
        engine.kill()
        engine.wait()
        engine.stdout.close()
        open(self.stage.place("go"), "w").close()
        return "resume", "last", "--no-input"

    def held(self, fault, right):
        """An engine that cannot look has not seen that the other is gone."""
        engine = self.begin()
        code, out = self.run("resume", "last", "--no-input", fault=fault)
        open(self.stage.place("go"), "w").close()
        said = engine.communicate()[0].decode(errors="replace")
        must(code in right, f"status {code}:\n{out}")
        must(engine.returncode == 0, f"the one that had the run ends with {engine.returncode}:\n{said}\nand the other said:\n{out}")
        must(self.stage.lines() == ["held"], f"it was done {len(self.stage.lines())} times")
        self.must_succeed("audit", "verify")
        return self.stage.has_struck()

    def struck_once(self, fault, right):
        command = self.begin_orphan() if self.book is BOOKS["orphan"] else ("exec", "book.yaml")
        is_detached = self.book is BOOKS["detached"]
        code, out = self.run(*command, *["--detach"][:is_detached], fault=fault)
        if not self.stage.has_struck():
            must(code == (4 if is_detached else 0), f"nothing was to fail: {code}\n{out}")
            self.await_end()
            return False
        must(code in right, f"status {code}:\n{out}")
        must(code in (0, -signal.SIGKILL) or "runbook: " in out or "(class " in out, f"status {code} without a word:\n{out}")
        if fault.startswith("power") and os.path.exists(self.stage.path + "-shm"):
            os.remove(self.stage.path + "-shm")  # memory
        if fault.startswith(("kill", "power")):
            time.sleep(0.05)  # its children end by themselves
            self.check_ordered()
        self.finish(out)
        return True

    def await_end(self):
        """Of a run in the background."""
        end = time.monotonic() + PATIENCE
        while self.stage.newest()[2] not in ENDED:
            must(time.monotonic() < end, "the run in the background does not end")
            time.sleep(0.02)

    def expire(self):
        """Its lease is over; whether anybody could take the run: in the middle of a transaction nobody can write."""
        db = sqlite3.connect(self.stage.path, timeout=0.1)
        try:
            taken = db.execute("UPDATE run SET lease_until_us = 1 WHERE no > ? AND finished_us = 0 AND engine <> ''", (self.before,))
            db.commit()
            return taken.rowcount == 1
        except sqlite3.OperationalError:
            return False
        finally:
            db.close()

    def suspended(self, fault):
        """The machine stands still for longer than the lease, and somebody else takes the run meanwhile."""
        leaves, engine = "SELECT idx, leaf FROM event ORDER BY idx", self.stage.start("exec", "book.yaml", fault=fault)
        if not stopped(engine):
            engine.communicate()
            return False
        is_taken = self.expire()
        if is_taken:
            code, out = self.run("resume", "last", "--no-input")
            must(code == 0 or "never began" in out, f"the take-over ended with {code}:\n{out}")
            is_taken = code == 0
            there = self.stage.ask(leaves)
        engine.send_signal(signal.SIGCONT)
        out = engine.communicate()[0].decode(errors="replace")
        if is_taken:
            must(engine.returncode == 5 and "taken over" in out, f"the one that woke up ended with {engine.returncode}:\n{out}")
            must(self.stage.ask(leaves) == there, "the one that woke up wrote something")
        if self.stage.newest()[0] != self.before:
            self.check_ordered()
        self.must_succeed("audit", "verify")
        return True

    def close(self):
        if self.book.world:
            self.book.world.forget(self.stage.folder)
        self.stage.close()


def stopped(engine):
    """Waits until it stands still, or has ended."""
    while True:
        with open(f"/proc/{engine.pid}/stat") as file:
            state = file.read().rsplit(")", 1)[1].split()[0]
        if state in "TZ":
            return state == "T"
        time.sleep(0.005)


def once(case, nth, template, reference):
    book, spec, right, there = case
    kind, how = spec.split(":", 1)
    fault, trial = f"{kind}:{nth}:{how}", Trial(BOOKS[book], template if there else None, reference)
    try:
        struck = (trial.suspended(fault) if kind == "stop" else trial.held(fault, right) if book == "held"
                  else trial.struck_once(fault, right))
    except Problem as problem:
        return None, f"{book} with FAULT={fault}, {'a journal is there' if there else 'new journal'}: {problem}\n(kept in {trial.stage.folder})"
    trial.close()
    return struck, None


def sweep(job):
    """All N of one case, until nothing fails any more."""
    case, every, template, reference = job
    kind = case[1].split(":")[0]
    step, count, problems = every * STEPS_APART.get(kind, 1), 0, []
    nth = FIRST.get(kind, 1)
    while len(problems) < 3:
        struck, problem = once(case, nth, template, reference)
        if problem:
            problems.append(problem)
        elif not struck:
            break
        count, nth = count + 1, nth + step
    return case, count, problems


def prepare(book):
    """A journal in which it went as it should, once."""
    stage = Stage()
    book.write(stage)
    open(stage.place("go"), "w").close()
    stage.ok("exec", "book.yaml")
    if book.world:
        book.world.forget(stage.folder)
    return stage, shape(stage, 1)


def main():
    every, wanted, begin = int(sys.argv[2]) if len(sys.argv) > 2 else 1, sys.argv[3:], time.monotonic()
    cases = [case for case in CASES if not wanted or case[0] in wanted or case[1].split(":")[0] in wanted]
    if world.is_possible():
        BOOKS["world"].world = world.World()
    else:
        print("without the world: aiosmtpd is not installed")
        del BOOKS["world"]
        cases = [case for case in cases if case[0] in BOOKS]
    plain = {name: prepare(book) for name, book in BOOKS.items()}
    jobs = [(case, every, plain[case[0]][0].path, plain[case[0]][1]) for case in cases]
    failed, total = 0, 0
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for (book, spec, _, there), count, problems in pool.imap(sweep, jobs, chunksize=1):
            print(f"{'NOT OK' if problems else 'ok'} - {book}, {spec}{'' if there else ', new journal'}: {count} places", flush=True)
            for problem in problems:
                print(problem, flush=True)
            failed, total = failed + len(problems), total + count
    for stage, _ in plain.values():
        stage.close()
    if "world" in BOOKS:
        BOOKS["world"].world.close()
    if not wanted and total < len(cases):
        sys.exit("hardly anything has failed: is the shim in place?")
    print(f"{total} faults in {time.monotonic() - begin:.0f} s, {failed} problems")
    sys.exit(failed > 0)


main()
