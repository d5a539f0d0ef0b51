-- Sessions, the sources that they executed, the executions, and an index of clean runs.
-- Times are seconds since 1970 (UTC), durations seconds.

CREATE TABLE notebook (
  id   INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE          -- relative to the project's root, with forward slashes
);

CREATE TABLE session (
  id              INTEGER PRIMARY KEY,
  key             TEXT NOT NULL UNIQUE, -- sorts by time; the same in every store that the session writes to
  run             TEXT,                 -- the clean run that it is, if it is one
  notebook        INTEGER REFERENCES notebook,
  started         REAL NOT NULL,
  ended           REAL,                 -- null while it lives and where it was killed
  host            TEXT NOT NULL,
  pid             INTEGER NOT NULL,
  process_started TEXT,                 -- as the system counts it, so that a process id used again is told apart
  kernel          TEXT,                 -- the kernel's id
  python          TEXT NOT NULL,
  platform        TEXT NOT NULL,
  ipython         TEXT NOT NULL,
  ipykernel       TEXT,
  executable      TEXT NOT NULL,
  git_commit      TEXT,
  git_branch      TEXT,
  git_dirty       INTEGER,              -- null where nobody looked: the kernel starts no process for it
  modules         TEXT                  -- JSON: {top-level module imported: its __version__ or null}
);
CREATE INDEX session_run ON session (run) WHERE run IS NOT NULL;

CREATE TABLE source (
  id   INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,         -- SHA-256 of the text as it was sent
  text NOT NULL                      -- a blob where the text has no UTF-8 form
);

CREATE TABLE execution (
  id              INTEGER PRIMARY KEY,
  session         INTEGER NOT NULL REFERENCES session,
  seq             INTEGER NOT NULL,     -- order of the starts in the session, from 1
  notebook        INTEGER REFERENCES notebook,
  cell            TEXT,                 -- nbformat id; `injected-parameters` for papermill's cell, whose id changes
  found           TEXT NOT NULL CHECK (found IN ('metadata', 'source', 'none')),
  source          INTEGER NOT NULL REFERENCES source,
  role            TEXT,
  depth           INTEGER NOT NULL,     -- 1 and more for code that a cell gave to run_cell
  started         REAL NOT NULL,
  seconds         REAL,                 -- null where the start was not seen
  status          TEXT NOT NULL CHECK (status IN ('running', 'ok', 'error', 'interrupted')),
  error           TEXT,                 -- name of the exception's class
  message         TEXT,
  execution_count INTEGER,
  msg_id          TEXT,
  UNIQUE (session, seq)
);
CREATE INDEX execution_cell ON execution (cell, id);
CREATE INDEX execution_notebook ON execution (notebook, id);

-- From .jupyter_mlops/runs/*/run.json; `jupyter mlops doctor --rebuild` makes it anew.
CREATE TABLE run (
  id         TEXT PRIMARY KEY,
  notebook   INTEGER NOT NULL REFERENCES notebook,
  code_hash  TEXT NOT NULL,
  kernel     TEXT NOT NULL,
  verdict    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  started    REAL NOT NULL,
  seconds    REAL,
  cells      INTEGER NOT NULL,
  parameters TEXT NOT NULL            -- JSON: {name: {type, text}}
);
CREATE INDEX run_notebook ON run (notebook, id);
