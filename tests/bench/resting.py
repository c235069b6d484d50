"""A journal of many runs at rest, each with an escalation that waits for its next level: one is carried out by the
daemon and laid to rest, the others are copies of its rows with ids of their own. Only the hashes are not those of a
journal that grew; what the daemon takes up of it goes on as any run.
"""
import json
import os
import signal
import sqlite3
import subprocess
import time

BOOK = """runbook: waiting
severity: P1
contacts: {ana: {channels: [pager]}}
channels: {pager: {uses: command.run, with: {argv: ["/bin/true"]}}}
policies: {p: {levels: [{notify: ana, escalate_after: 1h}, {notify: ana, escalate_after: 1h}]}}
steps:
  - escalate: {policy: p, name: down, message: the database is down}
  - {id: back, approve: Is it back?}
"""
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
HOUR_US = 3600 * 1000000


def wait_for(db, sql, what):
    """What the query finds, as soon as it finds something."""
    for _ in range(5000):
        found = db.execute(sql).fetchone()
        if found and found[0]:
            return found[0]
        time.sleep(0.02)
    raise SystemExit(f"resting: never: {what}")


class Daemon:
    """`runbook daemon`; seconds until it was ready, what it takes of memory, what the kernel says of its time."""

    def __init__(self, b, path):
        begun = time.monotonic()
        self.process = subprocess.Popen([b.runbook, "daemon", "--json", "--journal", path], stdout=subprocess.PIPE,
                                        text=True, env=b.env, stdin=subprocess.DEVNULL)
        ready = json.loads(self.process.stdout.readline())
        self.seconds = time.monotonic() - begun
        assert ready["event"] == "ready", ready

    def resident(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Rss:")) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


def make_template(b, path):
    """One run at rest: its number."""
    book = b.write("waiting.yaml", BOOK)
    id = subprocess.run([b.runbook, "exec", "--detach", "--journal", path, book], capture_output=True, text=True,
                        env=b.env).stdout.strip()
    db = sqlite3.connect(path, timeout=10)
    wait_for(db, "SELECT count(*) FROM event WHERE type = 'notify.sent'", "the first page")
    os.kill(db.execute("SELECT engine_pid FROM run").fetchone()[0], signal.SIGKILL)
    daemon = Daemon(b, path)
    subprocess.run([b.runbook, "resume", "--detach", "--journal", path, id], stdout=subprocess.DEVNULL, env=b.env)
    wait_for(db, "SELECT count(*) FROM timer WHERE due_us > 1000", "at rest")
    daemon.stop()
    return db, db.execute("SELECT no FROM run").fetchone()[0]


def columns(db, table, changed):
    """The columns of a table for an INSERT … SELECT: those in `changed` are expressions."""
    names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    return ", ".join(names), ", ".join(changed.get(name, name) for name in names)


def multiply(db, no, count):
    """`count` runs more, the one after the other a millisecond later."""
    digits = " || ".join(f"substr('{LETTERS}', ((n >> {5 * i}) & 31) + 1, 1)" for i in range(6))
    events = db.execute("SELECT count(*) FROM event").fetchone()[0]
    db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN;"
                     f"CREATE TEMP TABLE copy AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count})"
                     " SELECT n FROM c;")
    for table, changed, order in (
            ("run", {"no": f"{no} + n", "id": f"'aaaaaa' || {digits}"}, ""),
            ("run_source", {"run": f"{no} + n"}, ""),
            ("event", {"idx": f"{events} * n + idx", "run": f"{no} + n", "wall_us": "wall_us + n * 1000"}, "ORDER BY n, idx"),
            ("timer", {"run": f"{no} + n", "due_us": "due_us + n * 1000"}, "")):
        key = "no" if table == "run" else "run"
        into, values = columns(db, table, changed)
        db.execute(f"INSERT INTO {table} ({into}) SELECT {values} FROM copy, {table} WHERE {table}.{key} = {no} {order}")
    db.execute("INSERT INTO run_event (run, seq, idx) SELECT run, seq, idx FROM event"  # of the blocks that are full
               " WHERE idx < (SELECT max(idx) + 1 FROM event) / 4096 * 4096 ORDER BY run, seq")
    db.commit()


def make_due(db, no, count, in_us):
    """The first so many are due within a second from then on: what they waited for began an hour before."""
    begin_us = int(time.time() * 1e6) + in_us - HOUR_US
    db.execute("CREATE TEMP TABLE due AS SELECT t.run, ? + (t.run - ?) * 1000000 / ? - e.wall_us AS by_us FROM timer t"
               " JOIN event e ON e.run = t.run AND e.type = 'timer.set' WHERE t.run BETWEEN ? AND ?",
               (begin_us, no, count, no + 1, no + count))
    db.execute("UPDATE event SET wall_us = wall_us + (SELECT by_us FROM due WHERE due.run = event.run)"
               " WHERE run IN (SELECT run FROM due)")
    db.execute("UPDATE timer SET due_us = due_us + (SELECT by_us FROM due WHERE due.run = timer.run)"
               " WHERE run IN (SELECT run FROM due)")
    db.commit()


def lateness(db, no, count):
    """Milliseconds from when a level was due to its order, and to the word that it was delivered; the worst of each."""
    wait_for(db, f"SELECT count(*) >= {count} FROM event WHERE run BETWEEN {no + 1} AND {no + count} AND type = 'notify.sent'"
             " AND path LIKE '!down/2/%'", "the second pages")
    return db.execute(
        "SELECT max(l.mono_us - s.due_us) / 1000.0, max(n.mono_us - s.due_us) / 1000.0 FROM event s"
        " JOIN event l ON l.run = s.run AND l.type = 'escalation.level' AND l.seq > s.seq"
        " JOIN event n ON n.run = s.run AND n.type = 'notify.sent' AND n.path LIKE '!down/2/%'"
        " WHERE s.type = 'timer.set' AND s.seq < l.seq AND s.run BETWEEN ? AND ?", (no + 1, no + count)).fetchone()


def measure(b, count, due):
    path = b.path("at-rest.db")
    db, no = make_template(b, path)
    multiply(db, no, count)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    daemon = Daemon(b, path)
    time.sleep(3)
    resident = daemon.resident()
    daemon.stop()
    make_due(db, no, due, 20 * 1000000)
    waking = Daemon(b, path)
    ordered, delivered = lateness(db, no, due)
    woken = waking.resident()
    waking.stop()
    return daemon.seconds, resident, woken, ordered, delivered
