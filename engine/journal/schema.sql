-- The journal, version 1. One statement list, applied in one transaction to an empty file.
--
-- DESIGN: what a serial run pays for is pages, not rows. Each page that a commit touches is 4 KiB of WAL, and a step
-- that ends while the next begins is one commit. So `event` has no second index that every commit would touch: its key
-- is the global index, and every commit appends to the last page. The way from a run to its events is `run_event`, an
-- index that takes a block of 4096 events at a time, while the next one fills up (blocks.c): whoever looks for a run's
-- events reads its entries of the blocks before, and scans the last full one and the unfinished one. `output` needs no
-- index because its key begins with the run: no * 2^32 + chunk. Columns that do not apply are NULL, which takes a byte.
-- `event.run` is no declared reference: the writer has looked the run up before it writes an event, and SQLite would do
-- it once more for each.
CREATE TABLE run (
    no INTEGER PRIMARY KEY,            -- short name inside this file; `id` is the one that is shown and hashed
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    started_us INTEGER NOT NULL,       -- 0: not yet
    finished_us INTEGER NOT NULL,      -- 0: not yet
    warnings INTEGER NOT NULL,
    message TEXT NOT NULL,
    engine TEXT NOT NULL,              -- the lease: who drives it, '' for nobody
    engine_host TEXT NOT NULL,
    engine_pid INTEGER NOT NULL,
    engine_start INTEGER NOT NULL,     -- start of that process, /proc/PID/stat field 22
    lease_until_us INTEGER NOT NULL,
    runbook TEXT NOT NULL,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    file TEXT NOT NULL,
    book_sha256 TEXT NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    way TEXT NOT NULL,
    trigger TEXT NOT NULL,
    parent TEXT NOT NULL,
    params TEXT,
    labels TEXT
) STRICT;

CREATE INDEX run_by_runbook ON run (runbook);

CREATE TABLE event (
    idx INTEGER PRIMARY KEY,           -- global index, from 1, without a gap
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    wall_us INTEGER NOT NULL,
    mono_us INTEGER NOT NULL,
    type TEXT NOT NULL,
    cause INTEGER NOT NULL,
    path TEXT,
    user TEXT,
    host TEXT,
    way TEXT,
    status TEXT,
    class TEXT,
    exit_code INTEGER,
    attempt INTEGER,
    due_us INTEGER,
    data TEXT,                         -- canonical JSON
    leaf BLOB NOT NULL                 -- SHA-256(0x00 || canonical event)
) STRICT;

CREATE TABLE run_event (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    PRIMARY KEY (run, seq, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    no INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE run_source (
    run INTEGER NOT NULL REFERENCES run,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,                -- under which name this run knows it
    source INTEGER NOT NULL REFERENCES source,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE output (
    id INTEGER PRIMARY KEY,            -- run.no * 2^32 + number of the chunk
    path TEXT NOT NULL,
    stream TEXT NOT NULL,              -- stdout, stderr, body
    wall_us INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    omitted INTEGER,                   -- bytes left out before this chunk
    total INTEGER,                     -- with the last chunk: length and hash of the whole
    sha256 TEXT,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE timer (
    run INTEGER NOT NULL REFERENCES run,
    timer INTEGER NOT NULL,
    due_us INTEGER NOT NULL,           -- wall clock
    path TEXT NOT NULL,
    PRIMARY KEY (run, timer)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: the row goes when its event is written
    run INTEGER NOT NULL REFERENCES run,
    wall_us INTEGER NOT NULL,
    verb TEXT NOT NULL,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    user TEXT NOT NULL,
    host TEXT NOT NULL,
    way TEXT NOT NULL,
    data TEXT
) STRICT;

CREATE TABLE schedule (
    name TEXT PRIMARY KEY,
    definition TEXT NOT NULL           -- canonical JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE fire (
    id INTEGER PRIMARY KEY,
    schedule TEXT NOT NULL REFERENCES schedule,
    due_us INTEGER NOT NULL,
    run INTEGER REFERENCES run,        -- NULL: it did not fire
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE node (
    level INTEGER NOT NULL,            -- of the Merkle tree, 0 = leaves
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,          -- leaves under this head
    wall_us INTEGER NOT NULL,
    note TEXT NOT NULL                 -- C2SP signed note
) STRICT;
