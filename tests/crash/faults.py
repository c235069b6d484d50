#!/usr/bin/env python3
"""The Nth system call of a kind fails, N = 1, 2, … until nothing fails: full and bad disks, no free descriptors or
processes, a clock that is set, a killed, suspended or powerless machine (tests/crash/faults.c). After each:

    - the program has ended with the right status and with words, never with a signal of its own
    - no step was carried out that the journal had not ordered, or twice that may not be; none is missing
    - resumed, the run ends with the events that a run has which nothing happened to
    - `audit verify` finds nothing, and the journal takes the next run

    faults.py SHIM [EVERY [KIND…]]      RUNBOOK is the program's path; EVERY 1 does all, 10 every tenth

`all`, `some`, `torn`: of what was written and not flushed when the power went, all is lost, or some, or half a write.
"""
import multiprocessing, os, signal, sqlite3, sys, time

from stage import ENDED, Problem, Stage, must

SHIM = os.path.abspath(sys.argv[1])
BOOK = """runbook: faults
steps:
  - {id: s0, run: 'echo s0 >>"$LOG"', on_interrupt: skip}
  - {id: each, foreach: [1, 2, 3], max_parallel: 3, run: 'echo each-${{ item }} >>"$LOG"', on_interrupt: skip}
  - {id: nap, wait: 5ms}
  - {id: again, run: 'echo again >>"$LOG"; seq 300', idempotent: true}
  - {id: last, run: 'echo last >>"$LOG"', on_interrupt: skip}
"""
# Which step writes what; `again` may be carried out more than once.
LINES = {"s0": "s0", "each[1]": "each-1", "each[2]": "each-2", "each[3]": "each-3", "again": "again", "last": "last"}
# What comes of an interruption, and of nothing else.
INTERRUPTION = {"run.resumed", "step.lost", "timer.late", "run.taken_over"}
SPAWN, JOURNAL, KILLED = {0, 1}, {0, 5}, {-signal.SIGKILL}

# Kind and how, the statuses that are right, whether the journal is there already.
CASES = [(f"write:{how}", JOURNAL, there) for how in ("EIO", "ENOSPC", "short") for there in (True, False)]
CASES += [(f"write:{how}:3", JOURNAL, True) for how in ("EIO", "ENOSPC")]
CASES += [(f"sync:{how}", JOURNAL, there) for how in ("EIO", "ENOSPC") for there in (True, False)]
CASES += [("grow:ENOSPC", JOURNAL, True), ("read:EIO", JOURNAL, True), ("lock:EAGAIN", JOURNAL, True),
          ("lock:EIO", JOURNAL, True)]
CASES += [(f"open:{how}", {0, 1, 5}, there) for how in ("EMFILE", "ENFILE", "EIO") for there in (True, False)]
CASES += [("pipe:EMFILE", SPAWN, True), ("pipe:ENFILE", SPAWN, True),
          ("clone:EMFILE", SPAWN, True), ("clone:EAGAIN", SPAWN, True), ("clone:ENOMEM", SPAWN, True)]
CASES += [("nfs:now", {5}, there) for there in (True, False)]
CASES += [("clock:-3600", {0}, True), ("clock:86400", {0}, True)]
CASES += [("kill:now", KILLED, there) for there in (True, False)]
CASES += [(f"power:{how}", KILLED, there) for how in ("all", "some", "torn") for there in (True, False)]
CASES += [("stop:now", {5}, True)]
# libuv makes two pipes for itself, and aborts when it cannot; loop_new sees to it that there is room for them.
FIRST = {"pipe": 3}
STEPS_APART = {"clock": 7, "read": 5, "lock": 5}  # the same again and again


def shape(stage, number):
    """What happened, whatever the order of what went on at once and the number of attempts."""
    return sorted({(kind, (path or "").split("#")[0], status or "") for kind, path, status in events(stage, number)
                   if kind not in INTERRUPTION})


def events(stage, number):
    return stage.ask("SELECT type, path, status FROM event WHERE run = ? ORDER BY idx", number)


def check_ordered(stage, number):
    """What was done was in the journal first."""
    started = {(path or "").split("#")[0] for kind, path, _ in events(stage, number) if kind == "step.started"}
    lines = stage.lines()
    for path, line in LINES.items():
        must(line not in lines or path in started, f"{line} was done, and the journal has not ordered it")
        must(path == "again" or lines.count(line) <= 1, f"{line} was done {lines.count(line)} times")


def check_end(stage, number, status, reference, out):
    there, lines = events(stage, number), stage.lines()
    lost = {path.split("#")[0] for kind, path, _ in there if kind == "step.lost"}
    done = {(path or "").split("#")[0] for kind, path, how in there if kind == "step.finished" and how == "succeeded"}
    for path, line in LINES.items():
        must(path not in done or line in lines, f"{path} succeeded, and was not done")
    if status == "succeeded" and not lost:
        must(shape(stage, number) == reference, f"the run has other events:\n{set(shape(stage, number)) ^ set(reference)}")
    must(status == "succeeded" or "could not be started" in out or "Too many open files" in out or "Input/output" in out,
         f"the run {status}:\n{out}")


def one(case, nth, template, reference):
    spec, right, there = case
    kind, how = spec.split(":", 1)
    stage = Stage({"book.yaml": BOOK}, template if there else None, SHIM)
    before = stage.newest()[0]
    try:
        if kind == "stop":
            struck = suspended(stage, nth)
        else:
            struck = struck_once(stage, f"{kind}:{nth}:{how}", right, before, reference)
    except Problem as problem:
        return None, f"{kind}:{nth}:{how}, {'a journal is there' if there else 'new journal'}: {problem}\n(kept in {stage.folder})"
    stage.close()
    return struck, None


def finish(stage, before, reference, out):
    """Resume until the run has ended; then everything is as it should be."""
    number, run, status = stage.newest()
    for _ in range(5):
        if number == before or status in ENDED:
            break
        code, out = stage.run("resume", run, "--no-input")
        if "never began" in out:
            number = before
            break
        number, run, status = stage.newest()
        must(status == "succeeded", f"resumed, status {code}:\n{out}")
    if number != before:
        check_ordered(stage, number)
        check_end(stage, number, status, reference, out)
    else:
        must(not stage.lines(), "something was done for a run that is not in the journal")
    os.path.exists(stage.log) and os.remove(stage.log)
    for args in (("exec", "book.yaml"), ("audit", "verify")):
        code, out = stage.run(*args)
        must(code == 0, f"afterwards runbook {' '.join(args)} ends with {code}:\n{out}")


def struck_once(stage, fault, right, before, reference):
    code, out = stage.run("exec", "book.yaml", fault=fault)
    if not stage.has_struck():
        must(code == 0, f"nothing was to fail: {code}\n{out}")
        return False
    must(code in right, f"status {code}:\n{out}")
    must(code in (0, -signal.SIGKILL) or "runbook: " in out or "could not be started" in out, f"status {code} without a word:\n{out}")
    if fault.startswith("power") and os.path.exists(stage.path + "-shm"):
        os.remove(stage.path + "-shm")  # memory
    if fault.startswith(("kill", "power")):
        time.sleep(0.05)  # its children end by themselves
        check_ordered(stage, stage.newest()[0])
    finish(stage, before, reference, out)
    return True


def stopped(engine):
    """Waits until it stands still, or has ended."""
    while True:
        with open(f"/proc/{engine.pid}/stat") as file:
            state = file.read().rsplit(")", 1)[1].split()[0]
        if state in "TZ":
            return state == "T"
        time.sleep(0.005)


def expire(stage, before):
    """Its lease is over; whether anybody could take the run: in the middle of a transaction nobody can write."""
    db = sqlite3.connect(stage.path, timeout=0.1)
    try:
        taken = db.execute("UPDATE run SET lease_until_us = 1 WHERE no > ? AND finished_us = 0 AND engine <> ''", (before,))
        db.commit()
        return taken.rowcount == 1
    except sqlite3.OperationalError:
        return False
    finally:
        db.close()


def suspended(stage, nth):
    """The machine stands still for longer than the lease, and somebody else takes the run meanwhile."""
    before, leaves = stage.newest()[0], "SELECT idx, leaf FROM event ORDER BY idx"
    engine = stage.start("exec", "book.yaml", fault=f"stop:{nth}:now")
    if not stopped(engine):
        engine.communicate()
        return False
    is_taken = expire(stage, before)
    if is_taken:
        code, out = stage.run("resume", "last", "--no-input")
        must(code == 0 or "never began" in out, f"the take-over ended with {code}:\n{out}")
        is_taken = code == 0
        there = stage.ask(leaves)
    engine.send_signal(signal.SIGCONT)
    out = engine.communicate()[0].decode(errors="replace")
    if is_taken:
        must(engine.returncode == 5 and "taken over" in out, f"the one that woke up ended with {engine.returncode}:\n{out}")
        must(stage.ask(leaves) == there, "the one that woke up wrote something")
    if stage.newest()[0] != before:
        check_ordered(stage, stage.newest()[0])
    code, out = stage.run("audit", "verify")
    must(code == 0, f"afterwards runbook audit verify ends with {code}:\n{out}")
    return True


def sweep(job):
    """All N of one case, until nothing fails any more."""
    case, every, template, reference = job
    kind = case[0].split(":")[0]
    step, count, problems = every * STEPS_APART.get(kind, 1), 0, []
    nth = FIRST.get(kind, 1)
    while len(problems) < 3:
        struck, problem = one(case, nth, template, reference)
        if problem:
            problems.append(problem)
        elif not struck:
            break
        count, nth = count + 1, nth + step
    return case, count, problems


def main():
    every, kinds = int(sys.argv[2]) if len(sys.argv) > 2 else 1, sys.argv[3:]
    stage, begin = Stage({"book.yaml": BOOK}), time.monotonic()
    stage.ok("exec", "book.yaml")
    reference = shape(stage, 1)
    jobs = [(case, every, stage.path, reference) for case in CASES if not kinds or case[0].split(":")[0] in kinds]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        results = pool.imap(sweep, jobs, chunksize=1)
        failed, total = 0, 0
        for (spec, _, there), count, problems in results:
            print(f"{'NOT OK' if problems else 'ok'} - {spec}{'' if there else ', new journal'}: {count} places", flush=True)
            for problem in problems:
                print(problem, flush=True)
            failed, total = failed + len(problems), total + count
    stage.close()
    if not kinds and total < len(CASES):
        sys.exit("hardly anything has failed: is the shim in place?")
    print(f"{total} faults in {time.monotonic() - begin:.0f} s, {failed} problems")
    sys.exit(failed > 0)


main()
