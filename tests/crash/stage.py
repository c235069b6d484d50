"""What the scripts of this folder share: a folder with runbooks, the journal of their runs and the log of what they
did, and the program that is carried out there, with a fault of tests/crash/faults.c where one is wanted.

RUNBOOK is the program's path."""
import os, shutil, sqlite3, subprocess, tempfile

PROGRAM = os.path.abspath(os.environ["RUNBOOK"])
# What a killed process has written stays, wherever that is; what a disk loses without power is for faults.py. In
# memory nobody waits for the disk, and a second has room for more kills.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
ENDED = ("succeeded", "failed", "cancelled")


class Problem(Exception):
    pass


def must(condition, text):
    if not condition:
        raise Problem(text)


class Stage:
    """`books`: file names and their texts. `template`: a journal that is there already, or a stage to be like.
    `within`: where its folder is to be, the usual place for such if not said."""

    def __init__(self, books=None, template=None, shim=None, within=None):
        self.folder, self.shim = tempfile.mkdtemp(prefix="runbook-crash.", dir=within), shim
        if isinstance(template, Stage):
            shutil.rmtree(self.folder)
            shutil.copytree(template.folder, self.folder)
        self.path, self.log, self.told = (self.place(name) for name in ("journal.db", "log", "told"))
        if isinstance(template, str):
            shutil.copy(template, self.path)
        self.env = dict(os.environ, LOG=self.log, RUNBOOK_JOURNAL=self.path, XDG_RUNTIME_DIR=self.folder,
                        XDG_CONFIG_HOME=self.folder)
        for name, text in (books or {}).items():
            with open(self.place(name), "w") as file:
                file.write(text)

    def place(self, name):
        return os.path.join(self.folder, name)

    def start(self, *args, fault=None, **env):
        env = dict(self.env, **env)
        if fault:
            env.update(FAULT=fault, FAULT_TOLD=self.told, LD_PRELOAD=self.shim, ASAN_OPTIONS="verify_asan_link_order=0")
        return subprocess.Popen([PROGRAM, *args], cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, *args, **more):
        engine = self.start(*args, **more)
        out = engine.communicate()[0].decode(errors="replace")
        return engine.returncode, out

    def ok(self, *args, **more):
        status, out = self.run(*args, **more)
        must(status == 0, f"runbook {' '.join(args)} ends with {status}:\n{out}")
        return out

    def ask(self, sql, *values, path=None):
        """An answer of the journal as another process reads it; none while there is no journal yet. Looking changes
        nothing: what a dead engine has left is for the next one to find."""
        path = path or self.path
        if not os.path.exists(path):
            return []
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return db.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:  # its tables are just being made, or who made them died over it
            must(any(word in str(error) for word in ("no such table", "locked", "readonly")), f"the journal: {error}")
            return []
        finally:
            db.close()

    def newest(self):
        return (self.ask("SELECT no, id, status FROM run ORDER BY no DESC LIMIT 1") or [(0, None, None)])[0]

    def lines(self):
        """What the steps have done."""
        return open(self.log).read().split() if os.path.exists(self.log) else []

    def has_struck(self):
        return os.path.exists(self.told) and os.path.getsize(self.told) > 0

    def close(self):
        shutil.rmtree(self.folder)
