#!/usr/bin/env python3
"""retry, rollback, import-runs and prune are killed, lose what was not flushed, or cannot write, at the Nth write to
the journal, N = 1, 2, … until nothing happens to them (tests/crash/faults.c). After each:

    - a retry or rollback is there with the last word of the run it goes on from, or neither is
    - resumed, it ends, and nothing of it was done twice; what was taken over was not done again
    - an import has brought all runs, or none
    - a run that was to be pruned is in the journal, or in a bundle that proves it
    - `audit verify` finds nothing

    again.py SHIM [EVERY]      RUNBOOK is the program's path; EVERY 1 does all
"""
import os, signal, sys

from stage import ENDED, Problem, Stage, must

SHIM = os.path.abspath(sys.argv[1])
EVERY = int(sys.argv[2]) if len(sys.argv) > 2 else 1
FAULTS = ["kill:{}:now", "power:{}:all", "write:{}:EIO"]
BOOK = """runbook: again
defaults: {on_interrupt: skip}
steps:
  - {id: one, run: 'echo one >>"$LOG"', undo: {id: un-one, run: 'echo un-one >>"$LOG"'}}
  - {id: two, run: 'echo two >>"$LOG"', undo: {id: un-two, run: 'echo un-two >>"$LOG"'}}
  - {id: three, run: 'echo three >>"$LOG"'}
"""


def check_new_run(stage, done, was, once):
    """`done`: what the new run does; `was`: what had been done before."""
    runs = stage.ask("SELECT no, id, status FROM run WHERE parent <> ''")
    words = stage.ask("SELECT data FROM event WHERE type = 'run.continued'")
    must(len(runs) == len(words) <= 1, f"{len(runs)} new runs, {len(words)} last words of the old one")
    if runs and runs[0][2] not in ENDED:
        stage.ok("resume", runs[0][1], "--no-input")
    elif not runs:
        stage.ok(*once)
    lines = stage.lines()
    must(lines[:len(was)] == was, f"what was taken over was done again: {lines}")
    for line in lines[len(was):]:
        must(line in done and lines.count(line) - was.count(line) <= 1, f"{line} was not to be done, or twice: {lines}")
    must(stage.ask("SELECT status FROM run WHERE parent <> ''") == [("succeeded",)], "the new run has not succeeded")


def after_retry(stage):
    check_new_run(stage, ["two", "three"], ["one", "two", "three"], RETRY)


def after_rollback(stage):
    check_new_run(stage, ["un-two", "un-one"], ["one", "two", "three"], ROLLBACK)


def after_import(stage):
    other = dict(RUNBOOK_JOURNAL=stage.place("other.db"))
    count = stage.ask("SELECT count(*) FROM run", path=other["RUNBOOK_JOURNAL"]) or [(0,)]
    must(count in ([(0,)], [(2,)]), f"{count} of two runs were imported")
    if count == [(0,)]:
        stage.ok("import-runs", "runs.ndjson", "--unchecked", **other)
    stage.ok("audit", "verify", **other)


def after_prune(stage):
    left = {name for (name,) in stage.ask("SELECT id FROM run")}
    pruned = {name for (name,) in stage.ask("SELECT id FROM pruned")}
    must(len(left) + len(pruned) == 2 and not left & pruned, f"left {left}, pruned {pruned}")
    for name in pruned:
        stage.ok("import-runs", os.path.join("archive", name + ".ndjson"), "--unchecked", "--dry-run")
    stage.ok(*PRUNE)
    must(len(stage.ask("SELECT id FROM run")) == 1, "the next prune has not done the rest")


RETRY = ("retry", "last", "--from", "two")
ROLLBACK = ("rollback", "last", "--yes")
IMPORT = ("import-runs", "runs.ndjson", "--unchecked")
PRUNE = ("prune", "--keep", "1", "--to", "archive", "--unsigned", "--yes")


def one_run():
    stage = Stage({"again.yaml": BOOK})
    stage.ok("exec", "again.yaml")
    return stage


def two_runs():
    stage = one_run()
    stage.ok("exec", "again.yaml")
    stage.ok("export", "--all", "-o", "runs.ndjson")
    return stage


CASES = [("retry", one_run, RETRY, after_retry, {}), ("rollback", one_run, ROLLBACK, after_rollback, {}),
         ("import-runs", two_runs, IMPORT, after_import, {"RUNBOOK_JOURNAL": "other.db"}),
         ("prune", two_runs, PRUNE, after_prune, {})]


def strike(name, template, command, after, env, fault):
    stage = Stage(template=template, shim=SHIM)
    env = {key: stage.place(value) for key, value in env.items()}
    try:
        status, out = stage.run(*command, fault=fault, **env)
        struck = stage.has_struck()
        must(status in (0, 5, -signal.SIGKILL) or not struck, f"status {status}\n{out}")
        must(struck or status == 0, f"nothing happened, and status {status}\n{out}")
        after(stage)
        stage.ok("audit", "verify")
        return struck
    except Problem as problem:
        sys.exit(f"NOT OK - {name} with FAULT={fault}: {problem}")
    finally:
        stage.close()


def main():
    for name, prepare, command, after, env in CASES:
        template, count = prepare(), 0
        for fault in FAULTS:
            nth = 1
            while strike(name, template, command, after, env, fault.format(nth)):
                nth, count = nth + EVERY, count + 1
        template.close()
        print(f"ok - {name}: {count} times")


main()
