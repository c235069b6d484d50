#!/usr/bin/env python3
"""The daemon is killed at its Nth write to the journal, N = 1, 2, … until nothing happens to it (tests/crash/faults.c),
while it takes runs up, lays them to rest, is spoken to and sees them end. The next daemon goes on. Then

    - every run has ended, and nothing of it was done twice
    - nothing is left in the keeper's hands
    - replayed, each run goes the same way; `audit verify` finds nothing

    keeper.py SHIM [EVERY]      RUNBOOK is the program's path; EVERY 1 does all
"""
import multiprocessing, os, signal, sqlite3, sys, time

from stage import MEMORY, Problem, Stage, must

SHIM = os.path.abspath(sys.argv[1])
EVERY = int(sys.argv[2]) if len(sys.argv) > 2 else 1
PATIENCE = 120  # seconds until a daemon that does nothing is taken to hang
BOOK = """runbook: kept
defaults: {on_interrupt: skip}
steps:
  - {id: one, run: 'echo "one-$RUNBOOK_RUN_ID" >>"$LOG"'}
  - {id: held, wait: {signal: go, timeout: 1h}}
  - {id: two, run: 'echo "two-$RUNBOOK_RUN_ID" >>"$LOG"'}
"""
RUNS = 3


def wait_until(what, question):
    end = time.monotonic() + PATIENCE
    while not question():
        must(time.monotonic() < end, f"never: {what}")
        time.sleep(0.02)


def given_over():
    """Runs that wait, in the hands of a keeper that is not there."""
    stage = Stage({"kept.yaml": BOOK}, within=MEMORY)
    for i in range(RUNS):
        status, out = stage.run("exec", "kept.yaml", "--detach")
        must(status == 4, out)
        wait_until("held", lambda: len(stage.ask("SELECT 1 FROM event WHERE type = 'timer.set'")) == i + 1)
        os.kill(stage.ask("SELECT engine_pid FROM run ORDER BY no DESC LIMIT 1")[0][0], signal.SIGKILL)
    with sqlite3.connect(stage.path) as journal:
        journal.execute("INSERT INTO timer SELECT no, 2 FROM run")
    return stage


def ended(stage):
    return len(stage.ask("SELECT 1 FROM run WHERE finished_us > 0"))


def speak(stage, count):
    """To the first so many: what is said a second time, because nobody knows whether it was heard, changes nothing."""
    for (name,) in stage.ask("SELECT id FROM run WHERE finished_us = 0 AND no <= ?", count):
        stage.run("signal", name, "go")


def serve(stage, fault=None):
    """A daemon's life, to the end of every run; or to its own."""
    daemon = stage.start("daemon", fault=fault)
    speak(stage, RUNS - 1)
    here = lambda: daemon.poll() is None
    wait_until("the first have ended, and one rests", lambda: not here() or ended(stage) == RUNS or
               (ended(stage) >= RUNS - 1 and stage.ask("SELECT 1 FROM timer WHERE due_us > 2")))
    if here():
        speak(stage, RUNS)
    wait_until("all have ended", lambda: not here() or ended(stage) == RUNS)
    wait_until("it keeps what there is", lambda: not here() or stage.ask("SELECT 1 FROM keeper WHERE pid = ?", daemon.pid))
    if here():
        daemon.send_signal(signal.SIGTERM)
    out = daemon.communicate()[0].decode(errors="replace")
    return daemon.returncode, out


def check(stage):
    wait_until("all have ended", lambda: ended(stage) == RUNS)  # what the dead have left is put in order meanwhile
    others = stage.ask("SELECT id, status, message FROM run WHERE status <> 'succeeded'")
    must(not others, f"not all have succeeded: {others}")
    must(not stage.ask("SELECT 1 FROM timer"), "the keeper still has runs")
    lines = stage.lines()
    must(len(lines) == len(set(lines)), f"done twice: {lines}")
    for (name,) in stage.ask("SELECT id FROM run"):
        must("one-" + name in lines, f"one of {name} was not done: {lines}")
        stage.ok("replay", name)
    stage.ok("audit", "verify")


def strike(task):
    template, fault = task
    stage = Stage(template=template, shim=SHIM, within=MEMORY)
    try:
        status, out = serve(stage, fault)
        struck = stage.has_struck()
        must(status == (-signal.SIGKILL if struck else 0), f"status {status}\n{out}")
        if struck:
            status, out = serve(stage)
            must(status == 0, f"the next daemon: status {status}\n{out}")
        check(stage)
        return fault, struck, None
    except Problem as problem:
        return fault, True, str(problem)
    finally:
        stage.close()


def main():
    template = given_over()
    with multiprocessing.Pool(2) as pool:
        nth, count, goes_on = 1, 0, True
        while goes_on:
            tasks = [(template, f"kill:{nth + i * EVERY}:now") for i in range(4)]
            for fault, struck, problem in pool.map(strike, tasks, 1):
                if problem:
                    sys.exit(f"NOT OK - FAULT={fault}: {problem}")
                count, goes_on = count + struck, goes_on and struck
            nth += 4 * EVERY
        must(count, "it was never killed")
        print(f"ok - killed {count} times")
    template.close()


if __name__ == "__main__":
    main()
