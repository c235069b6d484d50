#!/usr/bin/env python3
"""Engines are killed at any moment, again and again, until their runs have ended all the same:

    - what another process could read in the journal before the kill is still there, byte by byte
    - a note that a command has confirmed is in the run, once
    - no step that may not be repeated has been carried out twice, none that finished is missing
    - every run ends; replayed, it goes the same way; `audit verify` finds nothing

    kill_and_resume.py [KILLS [SEED [JOBS]]]      RUNBOOK is the program's path

Each job has a journal of its own, one core each without JOBS. A failing job keeps its folder; the same seed and
jobs kill at the same moments, as far as the machine is the same.
"""
import multiprocessing, os, random, signal, statistics, sys, time

from stage import ENDED, MEMORY, Problem, Stage, must

BOOK = """runbook: crash
steps:
  - {id: s0, run: 'echo s0 >>"$LOG"', on_interrupt: skip}
  - {id: s1, run: 'echo s1 >>"$LOG"', on_interrupt: skip}
  - {id: each, foreach: [1, 2, 3], max_parallel: 3, run: 'echo each-${{ item }} >>"$LOG"', on_interrupt: skip}
  - {id: nap, wait: 5ms}
  - {id: again, run: 'echo again >>"$LOG"', idempotent: true}
  - {id: long, run: 'echo long >>"$LOG"; seq 3000'}
  - {id: sum, run: 'echo sum-${{ #(steps.long.stdout or "") }} >>"$LOG"', on_interrupt: retry}
"""
ONCE = {"s0": "s0", "s1": "s1"} | {f"each[{i}]": f"each-{i}" for i in (1, 2, 3)}


class Job:
    def __init__(self, number, kills, seed):
        self.kills, self.killed, self.runs, self.notes = kills, 0, 0, 0
        self.chance = random.Random(f"{seed}/{number}")
        self.stage = Stage({"book.yaml": BOOK}, within=MEMORY)

    def tail(self):
        return self.stage.ask("SELECT idx, leaf FROM event ORDER BY idx DESC LIMIT 100")

    def take_note(self, run, notes):
        word = f"note-{len(notes)}-"
        notes[word] = self.stage.start("note", run, word)

    def let_live(self, engine, run, notes):
        """Let it live for a while, look, and kill it. Returns what was there before the kill."""
        if self.killed < self.kills and self.chance.random() < 0.9:
            span = self.chance.random() * self.length
            if run and self.chance.random() < 0.1:
                self.take_note(run, notes)
            time.sleep(span)
            seen = self.tail()
            engine.send_signal(signal.SIGKILL)
            self.killed += 1
            return seen
        return []

    def must_be_there(self, seen):
        if seen:
            there = dict(self.stage.ask("SELECT idx, leaf FROM event WHERE idx >= ?", seen[-1][0]))
            for index, leaf in seen:
                must(there.get(index) == leaf, f"event {index} had been acknowledged and is not in the journal any more")

    def confirmed(self, notes):
        """A note that was confirmed counts."""
        said = []
        for word, command in notes.items():
            command.communicate()
            if command.returncode == 0:
                said.append(word)
        return said

    def one_run(self):
        open(self.stage.log, "w").close()
        command, before, run, notes = ["exec", "--sync", self.chance.choice(["full", "normal"]), "book.yaml"], \
            self.stage.newest()[0], None, {}
        while True:
            engine = self.stage.start(*command)
            seen = self.let_live(engine, run, notes)
            out = engine.communicate()[0].decode(errors="replace")
            self.must_be_there(seen)
            number, run, status = self.stage.newest()
            if number == before:
                run = None
                continue  # it was killed before there was a run
            if status in ENDED:
                return self.check(number, status, self.confirmed(notes), out)
            if engine.returncode == 2 and "never began" in out:
                return None
            must(engine.returncode in (0, -signal.SIGKILL), f"exit status {engine.returncode}:\n{out}")
            command = ["resume", run, "--no-input", "--answer", "long=retry"]

    def check(self, number, status, said, out):
        lines = self.stage.lines()
        paths = {kind: {path.split("#")[0] for (path,) in self.stage.ask(
            f"SELECT path FROM event WHERE run = ? AND {where}", number)}
            for kind, where in (("lost", "type = 'step.lost'"), ("skipped", "status = 'skipped'"))}
        if status != "succeeded":
            raise Problem(f"the run {status}:\n{out}")
        for path, line in ONCE.items():
            count = lines.count(line)
            if count > 1 or (count == 0 and path not in paths["lost"]):
                raise Problem(f"{line} was carried out {count} times")
            if path in paths["skipped"] - paths["lost"]:
                raise Problem(f"{path} was skipped and not lost")
        if not 1 <= lines.count("again") <= 1 + 9 * ("again" in paths["lost"]):
            raise Problem("`again` is missing")
        if "long" not in paths["lost"] and lines.count("sum-13893") < 1:
            raise Problem(f"the long output was not the same after resuming: {lines[-1]}")
        for word in said:
            (count,), = self.stage.ask("SELECT count(*) FROM event WHERE run = ? AND type = 'note.added'"
                                 " AND instr(data, ?)", number, word)
            if count != 1:
                raise Problem(f"the note {word} was confirmed, and is in the run {count} times")
        self.notes += len(said)

    def work(self):
        lengths = []
        for _ in range(3):  # how long one lives that nobody kills
            begin = time.monotonic()
            self.stage.ok("exec", "book.yaml")
            lengths.append(time.monotonic() - begin)
        self.length = statistics.median(lengths) * 1.1
        while self.killed < self.kills:
            self.one_run()
            self.runs += 1
        self.stage.ok("audit", "verify")
        for (run,) in self.stage.ask("SELECT id FROM run WHERE status = 'succeeded' ORDER BY random() LIMIT 10"):
            self.stage.ok("replay", run)


def work(number, kills, seed):
    job = Job(number, kills, seed)
    try:
        job.work()
    except Problem as problem:
        return f"job {number}, after {job.killed} kills: {problem}\n(kept in {job.stage.folder})", job.killed, job.runs, job.notes
    job.stage.close()
    return None, job.killed, job.runs, job.notes


def main():
    kills, seed, jobs = [int(given) for given in sys.argv[1:]] + [200, int(time.time()), os.cpu_count()][len(sys.argv) - 1:]
    print(f"seed {seed}, {jobs} jobs")
    shares = [(number, kills * (number + 1) // jobs - kills * number // jobs, seed) for number in range(jobs)]
    begin = time.monotonic()
    with multiprocessing.Pool(jobs) as pool:
        problems, killed, runs, notes = zip(*pool.starmap(work, shares, chunksize=1))
    if any(problems):
        sys.exit("\n".join(filter(None, problems)))
    print(f"{sum(killed)} kills in {time.monotonic() - begin:.0f} s, {sum(runs)} runs, all ended; {sum(notes)} notes confirmed;"
          " nothing lost, nothing doubled")


main()
