"""Every sqlite3 command and the program of docs/journal.md, on the journal of a real run."""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile

RUNBOOK = os.environ["RUNBOOK"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOOK = """runbook: sample
steps:
  - id: say
    run: echo "quote \\" and umlaut \u00fc"
  - id: fail
    run: exit 3
    continue_on_error: true
"""


def blocks(page, info):
    return re.findall(rf"^```{info}\n(.*?)^```", page, re.M | re.S)


def commands(block):
    """Lines that begin with "$ ", each with the lines that go on with it."""
    return [part.strip() for part in re.split(r"^\$ ", block, flags=re.M) if part.strip()]


def check_commands(page, folder):
    failed, count = 0, 0
    for block in blocks(page, "console"):
        for command in commands(block):
            if not command.startswith("sqlite3 "):
                continue
            command = command.replace("~/.local/state/runbook/journal.db", "journal.db")
            done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
            said = done.stdout or ("copied" if os.path.exists(os.path.join(folder, "copy.db")) else "")
            good = done.returncode == 0 and not done.stderr and said
            count += 1
            failed += not good
            print("ok" if good else "not ok", command.split("\n")[0], done.stderr)
    return failed or count < 5


def check_program(page, folder):
    program = blocks(page, "python")[0]
    argv = [sys.executable, "-c", program, os.path.join(folder, "journal.db")]
    whole = subprocess.run(argv, capture_output=True, text=True, check=False)
    with sqlite3.connect(os.path.join(folder, "journal.db")) as db:
        db.execute("UPDATE event SET wall_us = wall_us + 1 WHERE idx = 2")
    changed = subprocess.run(argv, capture_output=True, text=True, check=False)
    good = "all fit" in whole.stdout and "event 2 does not fit" in changed.stderr
    print("ok" if good else "not ok", "the program:", whole.stdout, whole.stderr, changed.stderr)
    return not good


def main():
    with open(os.path.join(ROOT, "docs", "journal.md"), encoding="utf-8") as file:
        page = file.read()
    with tempfile.TemporaryDirectory() as folder:
        book = os.path.join(folder, "sample.yaml")
        with open(book, "w", encoding="utf-8") as file:
            file.write(BOOK)
        subprocess.run([RUNBOOK, "exec", "--journal", os.path.join(folder, "journal.db"), book], check=True,
                       capture_output=True, stdin=subprocess.DEVNULL)
        return int(bool(check_commands(page, folder)) + bool(check_program(page, folder)) > 0)


sys.exit(main())
