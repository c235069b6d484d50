#!/usr/bin/env python3
"""Engines are killed at any moment, again and again, until their runs have ended all the same:

    - what another process could read in the journal before the kill is still there, byte by byte
    - no step that may not be repeated has been carried out twice, none that finished is missing
    - every run ends, and replayed it goes the same way

    kill_and_resume.py [ROUNDS [SEED]]      RUNBOOK is the program's path
"""
import os, random, shutil, signal, sqlite3, subprocess, sys, tempfile, time

STEPS = 6
BOOK = """runbook: crash
steps:
%s
  - foreach: [1, 2, 3]
    id: each
    max_parallel: 3
    run: echo each-${{ item }} >>"$LOG"
    on_interrupt: skip
  - {id: nap, wait: 20ms}
  - {id: again, run: 'echo again >>"$LOG"', idempotent: true}
  - {id: long, run: 'echo long >>"$LOG"; seq 3000'}
  - {id: sum, run: 'echo sum-${{ #(steps.long.stdout or "") }} >>"$LOG"', on_interrupt: retry}
"""


def book():
    return BOOK % "\n".join(f"  - {{id: s{i}, run: 'echo s{i} >>\"$LOG\"', on_interrupt: skip}}" for i in range(STEPS))


class Journal:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def leaves(self):
        return self.db.execute("SELECT idx, leaf FROM event ORDER BY idx").fetchall()

    def run(self):
        return self.db.execute("SELECT no, id, status FROM run ORDER BY no DESC LIMIT 1").fetchone()

    def lost(self, no):
        rows = self.db.execute("SELECT path FROM event WHERE run = ? AND type = 'step.lost'", (no,))
        return {path.split("#")[0] for (path,) in rows}

    def skipped(self, no):
        rows = self.db.execute("SELECT path FROM event WHERE run = ? AND status = 'skipped'", (no,))
        return {path.split("#")[0] for (path,) in rows}


def check_log(log, journal, no):
    lines = open(log).read().split() if os.path.exists(log) else []
    lost, skipped = journal.lost(no), journal.skipped(no)
    wanted = {f"s{i}": f"s{i}" for i in range(STEPS)} | {f"each[{i}]": f"each-{i}" for i in (1, 2, 3)}
    for path, line in wanted.items():
        count = lines.count(line)
        if count > 1 or (count == 0 and path not in lost):
            return f"{line} was carried out {count} times"
        if path in skipped and path not in lost:
            return f"{path} was skipped and not lost"
    if not 1 <= lines.count("again") <= 1 + len([p for p in lost if p == "again"]) * 9:
        return "again is missing"
    if "long" not in lost and "long" not in skipped and lines.count("sum-13893") < 1:
        return f"the long output was not the same after resuming: {lines[-1]}"
    return None


def one(program, folder, chance, number):
    log = os.path.join(folder, f"log{number}")
    path = os.path.join(folder, "journal.db")
    env = dict(os.environ, LOG=log, RUNBOOK_JOURNAL=path, XDG_RUNTIME_DIR=folder)
    command, kills, seen = [program, "exec", "--sync", chance.choice(["full", "normal"]), "book.yaml"], 0, []
    before = Journal(path).run()[0] if os.path.exists(path) and os.path.getsize(path) else 0
    while True:
        engine = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        if kills < 4 and chance.random() < 0.9:
            time.sleep(chance.random() * 0.25)
            if os.path.exists(path) and os.path.getsize(path):
                try:
                    seen = Journal(path).leaves()
                except sqlite3.OperationalError:
                    pass  # its tables are just being made
            engine.send_signal(signal.SIGKILL)
            kills += 1
        out = engine.communicate(timeout=60)[0].decode(errors="replace")
        try:
            journal = Journal(path)
            run = journal.run()
        except sqlite3.OperationalError:
            continue
        if journal.leaves()[:len(seen)] != seen:
            return "what had been acknowledged is not in the journal any more"
        if not run or run[0] == before:
            continue  # it was killed before there was a run
        if run[2] in ("succeeded", "failed", "cancelled"):
            problem = check_log(log, journal, run[0])
            return problem if problem else None if run[2] == "succeeded" else f"the run {run[2]}:\n{out}"
        if engine.returncode == 2 and "never began" in out:
            return None
        if engine.returncode not in (0, -signal.SIGKILL):
            return f"exit status {engine.returncode}:\n{out}"
        command = [program, "resume", run[1], "--no-input", "--answer", "long=retry"]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    program, chance = os.path.abspath(os.environ["RUNBOOK"]), random.Random(seed)
    folder = tempfile.mkdtemp(prefix="runbook-crash.")
    open(os.path.join(folder, "book.yaml"), "w").write(book())
    print(f"seed {seed}")
    for number in range(rounds):
        problem = one(program, folder, chance, number)
        if problem:
            sys.exit(f"round {number}: {problem}\n(kept in {folder})")
    path = os.path.join(folder, "journal.db")
    for (run,) in sqlite3.connect(path).execute("SELECT id FROM run ORDER BY random() LIMIT 10").fetchall():
        replay = subprocess.run([program, "replay", run, "--journal", path], capture_output=True, text=True)
        if replay.returncode:
            sys.exit(f"replayed, run {run} goes another way:\n{replay.stdout}{replay.stderr}\n(kept in {folder})")
    print(f"{rounds} runs, all ended, nothing lost, nothing doubled")
    shutil.rmtree(folder)


main()
