"""Change a journal in every way that can be thought of, a copy each, and see that `runbook audit verify` finds it.

    audit_mutations.py PROGRAM JOURNAL CHECKPOINT FOLDER YESTERDAY PRUNED

YESTERDAY is an older copy of the journal, PRUNED one from which runs were dropped. In the first and in the last row of every
table every column is changed once, each of these rows is taken away, doubled and exchanged with another, and single bytes
are changed all over the file: what is not found must be on the list of what verify says it cannot show.
"""
import json, multiprocessing, os, random, shutil, sqlite3, subprocess, sys

program, journal, checkpoint, folder, yesterday, pruned = sys.argv[1:]

# What verify does not look at, and prints that it does not.
NOT_SHOWN = {
    "run": {"created_us", "engine", "engine_host", "engine_pid", "engine_start", "lease_until_us", "file", "trigger",
            "parent", "labels", "epoch", "group_name", "group_limit", "in_group", "extra"},
    "output": {"id", "path", "wall_us", "offset", "omitted", "total", "sha256", "bytes"},
    "checkpoint": {"wall_us"},
    "pruned": {"id", "runbook", "status", "started_us", "finished_us", "bundle", "sha256", "wall_us", "user", "host", "way"},
}
TABLES_NOT_SHOWN = {"inbox", "timer", "schedule", "fire", "keeper"}
# Readers look at the newest events themselves, whatever the index has of them; a node that is missing is made again.
ROWS_NOT_SHOWN = {("output", "gone"), ("output", "more"), ("output", "exchanged"), ("checkpoint", "gone"), ("node", "gone"),
                  ("run_event", "last gone"), ("pruned", "exchanged")}
FLIPS = 100
cases = []  # name, what does it to a copy, arguments of verify, whether it is to be found; None: unless it changes nothing


def verify(path, *more):
    done = subprocess.run([program, "audit", "verify", "--journal", path, *more], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def mutate(name, change, *more, found=True):
    cases.append((name, change, more, found))


def contents(path):
    """All that can be read in a journal."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = [name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return [(table, db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()) for table in tables if table not in TABLES_NOT_SHOWN]
    finally:
        db.close()


def judge(number):
    """Whether all is as it is to be, and what is said of it."""
    name, change, more, found = cases[number]
    path = os.path.join(folder, f"mutated-{number}.db")
    shutil.copy(journal, path)
    try:
        change(path)
    except sqlite3.IntegrityError as error:
        return "CHECK" in str(error), f"ok - {name} cannot be: {error}"
    status, told = verify(path, *more)
    if found is None and status == 0:
        is_right, words = contents(path) == contents(journal), "changes nothing that is read"
    else:
        is_right, words = status == (5 if found is not False else 0), "is found" if found is not False else "is not found, as is said"
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    return is_right, f"ok - {name} {words}" if is_right else f"NOT OK - {name}: status {status}\n{told}"


def run(statements, path):
    db = sqlite3.connect(path)
    for statement, *values in statements:
        before = db.total_changes
        db.execute(statement, *values)
        assert db.total_changes > before, statement
    db.commit()
    db.close()


def sql(*statements):
    return lambda path: run([(statement,) for statement in statements], path)


def other(value, declared, is_key=False):
    """A value of the column's type that it does not have; as a key, that nobody has."""
    if declared == "INTEGER":
        return 1 if value is None else value + (1000000 if is_key else 1)
    if declared == "BLOB":
        return bytes(32) if not value else bytes([value[0] ^ 1]) + value[1:]
    return "x" if value is None else value[:-1] + ("x" if value[-1:] != "x" else "y")


class Table:
    def __init__(self, path, name):
        self.path, self.name, db = path, name, sqlite3.connect(path)
        self.columns = [(column[1], column[2], column[5]) for column in db.execute(f"PRAGMA table_info({name})")]
        self.keys = [column for column, _, position in sorted(self.columns, key=lambda c: c[2]) if position]
        self.rows = db.execute(f"SELECT * FROM {name} ORDER BY {', '.join(self.keys)}").fetchall() if self.keys else []
        db.close()

    def where(self, row):
        names = [column for column, _, _ in self.columns]
        return " AND ".join(f"{key} = ?" for key in self.keys), [row[names.index(key)] for key in self.keys]

    def on_copy(self, *statements):
        """Of this table's journal, whichever it is."""
        def change(path):
            if self.path != journal:
                shutil.copy(self.path, path)
            run(statements, path)
        return change

    def is_found(self, what):
        return self.name not in TABLES_NOT_SHOWN and (self.name, what) not in ROWS_NOT_SHOWN

    def mutate_columns(self, row, which):
        for (column, declared, key), value in zip(self.columns, row):
            where, ids = self.where(row)
            mutate(f"{self.name}.{column} of the {which} row, changed,",
                   self.on_copy((f'UPDATE {self.name} SET "{column}" = ? WHERE {where}', [other(value, declared, key), *ids])),
                   found=self.is_found("column") and column not in NOT_SHOWN.get(self.name, ()))

    def mutate_rows(self):
        places = ", ".join("?" for _ in self.columns)
        for row, which in ((self.rows[0], "first"), (self.rows[-1], "last")):
            where, ids = self.where(row)
            self.mutate_columns(row, which)
            mutate(f"the {which} row of {self.name}, taken away,", self.on_copy((f"DELETE FROM {self.name} WHERE {where}", ids)),
                   found=self.is_found("gone") and self.is_found(f"{which} gone"))
        more = [other(value, declared, True) if column in (*self.keys[-1:], "id", "sha256") else value
                for (column, declared, _), value in zip(self.columns, self.rows[-1])]
        mutate(f"another row of {self.name}", self.on_copy((f"INSERT INTO {self.name} VALUES ({places})", more)),
               found=self.is_found("more"))
        if len(self.rows) > 1:
            self.exchange(self.rows[0], self.rows[-1])

    def exchange(self, one, two):
        """Each keeps its key, and has the other's values."""
        values = [column for column, _, key in self.columns if not key]
        if not values:
            return
        names, sets = [column for column, _, _ in self.columns], ", ".join(f'"{column}" = ?' for column in values)
        statements = []
        for row, takes in ((one, two), (two, one)):
            where, ids = self.where(row)
            statements.append((f"UPDATE {self.name} SET {sets} WHERE {where}", [takes[names.index(c)] for c in values] + ids))
        uniques = [c for c in values if c in ("id", "sha256")]
        first = [(f"UPDATE {self.name} SET {', '.join(f'{c} = {c} || (SELECT hex(randomblob(4)))' for c in uniques)}",)] if uniques and self.name != "output" else []
        mutate(f"the first and the last row of {self.name}, exchanged,", self.on_copy(*first, *statements), found=self.is_found("exchanged"))


def bytes_at(offset, count, mask=0xFF):
    def change(path):
        with open(path, "r+b") as file:
            file.seek(offset)
            old = file.read(count)
            file.seek(offset)
            file.write(bytes(b ^ mask for b in old))
    return change


def edit(change_bytes):
    def change(path):
        with open(path, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            file.write(change_bytes(data))
    return change


def doubled_key(path):
    """The second event gets the key of the first, in the page they are on."""
    page = sqlite3.connect(path).execute("SELECT rootpage FROM sqlite_schema WHERE name = 'event'").fetchone()[0]
    with open(path, "r+b") as file:
        content = bytearray(file.read())
        at = (page - 1) * 4096
        while content[at] == 5:  # inside the tree: to its first child
            cell = at + int.from_bytes(content[at + 12:at + 14], "big")
            at = (int.from_bytes(content[cell:cell + 4], "big") - 1) * 4096
        key = at + int.from_bytes(content[at + 10:at + 12], "big")
        while content[key] > 127:  # the length of the row
            key += 1
        assert content[key + 1] == 2
        content[key + 1] = 1
        file.seek(0)
        file.write(content)


status, told = verify(journal)
assert status == 0, told
status, told = verify(journal, "--checkpoint", checkpoint)
assert status == 0 and "has been changed or removed since the checkpoint" in told, told
for word in ("file name", "labels", "parent", "time of creation", "lease", "group", "output", "older copy", "inbox", "pruned", "no checkpoint was taken",
             "belongs to no row"):
    assert word in told or word in verify(journal)[1], word

# What nothing is under way for has no rows: let there be some, as whoever can write could.
run([("INSERT INTO inbox (run, wall_us, verb, path, name, user, host, way) VALUES (1, 1, 'note', '', 'x', 'ana', 'h', 'terminal')",),
     ("INSERT INTO timer (run, due_us) VALUES (1, 1)",), ("INSERT INTO schedule VALUES ('nightly', '{}')",),
     ("INSERT INTO fire VALUES (1, 'nightly', 1, NULL, 'missed')",),
     ("INSERT INTO keeper VALUES (1, 'h', 1, 1, 1)",)], journal)
status, told = verify(journal)
assert status == 0, told

schema = sqlite3.connect(journal).execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
for name, in schema:
    table = Table(pruned if name == "pruned" else journal, name)
    assert table.rows, f"{name} has no row to be changed"
    table.mutate_rows()

last = sqlite3.connect(journal).execute("SELECT max(idx), max(run) FROM event").fetchone()
swap = [f"UPDATE event SET idx = -{a} WHERE idx = {a}" for a in (3, 4)] + [
    "UPDATE event SET idx = 4 WHERE idx = -3", "UPDATE event SET idx = 3 WHERE idx = -4"]
mutate("an event deleted", sql("DELETE FROM event WHERE idx = 3"))
mutate("several events deleted", sql("DELETE FROM event WHERE idx BETWEEN 3 AND 5"))
mutate("the last event deleted", sql(f"DELETE FROM event WHERE idx = {last[0]}"))
mutate("an event inserted", sql(f"INSERT INTO event SELECT {last[0] + 1}, run, seq + 1, wall_us, mono_us, 'note.added', cause, path,"
                                " user, host, way, status, class, exit_code, attempt, due_us, data, leaf, redacted"
                                f" FROM event WHERE idx = {last[0]}"))
mutate("two events exchanged", sql(*swap))
mutate("two events exchanged, with their numbers", sql(*swap, "UPDATE event SET seq = 7 - seq WHERE idx IN (3, 4)"))
mutate("a person forged", sql("UPDATE event SET user = 'mallory' WHERE idx = 1"))
mutate("a person forged, in the row as well", sql("UPDATE event SET user = 'mallory' WHERE idx = 1",
                                                 "UPDATE run SET user = 'mallory' WHERE no = 1"))
mutate("the ids of two runs exchanged", sql("UPDATE run SET id = id || 'x'", *(
    f"UPDATE run SET id = (SELECT substr(id, 1, 12) FROM run WHERE no = {a}) WHERE no = {b}"
    for a, b in ((1, last[1]),))))
mutate("an event moved to another run", sql(f"UPDATE event SET run = {last[1]} WHERE idx = 2"))
mutate("a run deleted with its events", sql("DELETE FROM event WHERE run = 1",
                                            "DELETE FROM run_source WHERE run = 1", "DELETE FROM run WHERE no = 1"))
mutate("a run's source exchanged", sql("UPDATE run_source SET source = (SELECT max(no) FROM source) WHERE run = 1"))
mutate("a source deleted", sql("DELETE FROM source WHERE no = 1"))
mutate("the data of an event taken away", sql("UPDATE event SET data = NULL WHERE idx = 1"))

size, chance = os.path.getsize(journal), random.Random(20261121)
middle = size // 8192 * 4096
for page in sorted({*range(1, 20), *chance.sample(range(1, size // 4096), 40), size // 4096 - 1}):
    mutate(f"16 bytes of page {page + 1}, flipped,", bytes_at(page * 4096, 16))
for offset in sorted(chance.sample(range(size), FLIPS)):
    mutate(f"a bit of byte {offset}, flipped,", bytes_at(offset, 1, 1 << chance.randrange(8)), found=None)
for offset in range(100):
    mutate(f"byte {offset} of the head, flipped,", bytes_at(offset, 1), found=None)
mutate("the key of an event written twice", doubled_key)
mutate("the file without its last page", lambda path: os.truncate(path, size - 4096))
mutate("half of the file", lambda path: os.truncate(path, middle))
mutate("the file without its last byte", lambda path: os.truncate(path, size - 1))
mutate("a page taken out of the middle", edit(lambda data: data[:middle] + data[middle + 4096:]))
mutate("a byte put into the middle", edit(lambda data: data[:middle + 7] + b"x" + data[middle + 7:]))
mutate("a page of nothing put into the middle", edit(lambda data: data[:middle] + bytes(4096) + data[middle:]))
mutate("two pages exchanged", edit(lambda data: data[:middle] + data[middle + 4096:middle + 8192]
                                   + data[middle:middle + 4096] + data[middle + 8192:]))

# Whoever can write, and leaves every hash right, is found by a checkpoint that was kept elsewhere, and by nothing else.
cut = [f"DELETE FROM event WHERE run = {last[1]}", f"DELETE FROM run_source WHERE run = {last[1]}",
       f"DELETE FROM output WHERE id >> 32 = {last[1]}", f"DELETE FROM run WHERE no = {last[1]}",
       "DELETE FROM checkpoint"]
mutate("the newest run cut off without a trace", sql(*cut), found=False)
mutate("the same with a checkpoint kept elsewhere", sql(*cut), "--checkpoint", checkpoint)
mutate("yesterday's copy", lambda path: shutil.copy(yesterday, path), found=False)
mutate("the same with a checkpoint of today", lambda path: shutil.copy(yesterday, path), "--checkpoint", checkpoint)

with multiprocessing.Pool(2) as pool:
    results = pool.map(judge, range(len(cases)), chunksize=8)
print("\n".join(said for _, said in results))
sys.exit(not all(is_right for is_right, _ in results))
