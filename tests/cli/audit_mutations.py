"""Change a journal in every way that can be thought of, a copy each, and see that `runbook audit verify` finds it.

    audit_mutations.py PROGRAM JOURNAL CHECKPOINT FOLDER

Every column of every table is changed once: what is not found must be on the list of what verify says it cannot show.
"""
import os, shutil, sqlite3, subprocess, sys

program, journal, checkpoint, folder = sys.argv[1:]

# What verify does not look at, and prints that it does not. A checkpoint's time is told nowhere.
NOT_SHOWN = {
    "run": {"created_us", "engine", "engine_host", "engine_pid", "engine_start", "lease_until_us", "file", "trigger",
            "parent", "labels", "epoch", "group_name", "group_limit", "in_group", "extra"},
    "output": {"id", "path", "wall_us", "offset", "omitted", "total", "sha256", "bytes"},
    "checkpoint": {"wall_us"},
}
failures = 0


def verify(path, *more):
    done = subprocess.run([program, "audit", "verify", "--journal", path, *more], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def mutate(name, change, *more, found=True):
    """`change` does it to a copy; `found`: is it to be found?"""
    global failures
    path = os.path.join(folder, "mutated.db")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    shutil.copy(journal, path)
    change(path)
    status, told = verify(path, *more)
    if (status == 5) != found or status not in (0, 5):
        failures += 1
        print(f"NOT OK - {name}: status {status}\n{told}")
    else:
        print(f"ok - {name} is {'found' if found else 'not found, as is said'}")


def sql(*statements):
    def change(path):
        db = sqlite3.connect(path)
        for statement in statements:
            before = db.total_changes
            db.execute(statement)
            assert db.total_changes > before, statement
        db.commit()
        db.close()
    return change


def other(value, declared):
    """A value of the column's type that it does not have."""
    if declared == "INTEGER":
        return 1 if value is None else value + 1
    if declared == "BLOB":
        return bytes(32) if not value else bytes([value[0] ^ 1]) + value[1:]
    return "x" if value is None else value[:-1] + ("x" if value[-1:] != "x" else "y")


def columns():
    db = sqlite3.connect(journal)
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
        keys = [c[1] for c in db.execute(f"PRAGMA table_info({table})") if c[5]]
        for _, column, declared, *_ in db.execute(f"PRAGMA table_info({table})").fetchall():
            rows = db.execute(f'SELECT "{column}", {", ".join(keys)} FROM {table} ORDER BY {", ".join(k + " DESC" for k in keys)} LIMIT 1').fetchall()
            for value, *ids in rows:
                yield table, column, other(value, declared), keys, ids
    db.close()


def set_column(table, column, value, keys, ids):
    def change(path):
        db = sqlite3.connect(path)
        where = " AND ".join(f"{key} = ?" for key in keys)
        count = db.execute(f'UPDATE {table} SET "{column}" = ? WHERE {where}', [value, *ids]).rowcount
        assert count == 1
        db.commit()
        db.close()
    return change


def bytes_at(offset, count):
    def change(path):
        with open(path, "r+b") as file:
            file.seek(offset)
            old = file.read(count)
            file.seek(offset)
            file.write(bytes(b ^ 0xFF for b in old))
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
for word in ("file name", "labels", "parent", "time of creation", "lease", "group", "output", "older copy", "inbox"):
    assert word in told or word in verify(journal)[1], word

for table, column, value, keys, ids in columns():
    mutate(f"{table}.{column} changed", set_column(table, column, value, keys, ids),
           found=column not in NOT_SHOWN.get(table, ()))

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

size = os.path.getsize(journal)
for page in range(1, size // 4096):
    mutate(f"16 bytes of page {page + 1} flipped", bytes_at(page * 4096, 16))
mutate("the key of an event written twice", doubled_key)
mutate("the file cut off", lambda path: os.truncate(path, size - 4096))

# Whoever can write, and leaves every hash right, is found by a checkpoint that was kept elsewhere, and by nothing else.
cut = [f"DELETE FROM event WHERE run = {last[1]}", f"DELETE FROM run_source WHERE run = {last[1]}",
       f"DELETE FROM output WHERE id >> 32 = {last[1]}", f"DELETE FROM run WHERE no = {last[1]}",
       "DELETE FROM checkpoint"]
mutate("the newest run cut off without a trace", sql(*cut), found=False)
mutate("the same with a checkpoint kept elsewhere", sql(*cut), "--checkpoint", checkpoint)
sys.exit(failures > 0)
