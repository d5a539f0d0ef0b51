-- What executions did: their traces, and the parameters, metrics and files that were captured.
-- Fingerprints are explained in kernel/fingerprints.py; the digest of outputs in kernel/shown.py.

ALTER TABLE session ADD COLUMN distributions TEXT; -- JSON: {distribution that was imported: its version}

-- 1 in clean runs, whose executions are listed with the run only
ALTER TABLE execution ADD COLUMN clean INTEGER NOT NULL DEFAULT 0;
UPDATE execution SET clean = 1 WHERE session IN (SELECT id FROM session WHERE run IS NOT NULL);
CREATE INDEX execution_listed ON execution (depth) WHERE clean = 0;
CREATE INDEX execution_of_notebook ON execution (notebook) WHERE clean = 0 AND depth = 0;

CREATE TABLE trace (
  execution INTEGER PRIMARY KEY REFERENCES execution,
  reads     TEXT NOT NULL,           -- JSON: {name: fingerprint before the cell, or null where it was absent}
  writes    TEXT NOT NULL,           -- JSON: {name bound, rebound or changed in place: fingerprint after the cell}
  deleted   TEXT NOT NULL,           -- JSON: [name that was there before the cell and is no more]
  draws     TEXT NOT NULL,           -- JSON: {random stream that the cell drew from: "decides" or "nothing"}
  outputs   TEXT                     -- digest of what the cell showed; null where nobody saw it
);

CREATE TABLE parameter (
  execution INTEGER NOT NULL REFERENCES execution,
  name      TEXT NOT NULL,           -- `seed`; of an estimator `LogisticRegression.C`
  type      TEXT NOT NULL,           -- the Python type's name
  text      TEXT NOT NULL,           -- the value as a Python literal, else its repr, cut
  value     REAL,                    -- of numbers and booleans, for comparing and sorting
  origin    TEXT NOT NULL CHECK (origin IN ('cell', 'estimator', 'logged')),
  PRIMARY KEY (name, execution)
) WITHOUT ROWID;
CREATE INDEX parameter_execution ON parameter (execution);

CREATE TABLE metric (
  id        INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL REFERENCES execution,
  name      TEXT NOT NULL,
  step      INTEGER,                 -- of a curve
  value     REAL,                    -- SQLite keeps infinities, and null in the place of NaN
  text      TEXT NOT NULL,           -- as Python writes it: `0.8`, `nan`
  type      TEXT NOT NULL,
  origin    TEXT NOT NULL CHECK (origin IN ('score', 'evaluate', 'logged')),
  final     INTEGER NOT NULL,        -- 1 for the one value that stands for the name: the last
  clean     INTEGER NOT NULL         -- as its execution has it
);
CREATE INDEX metric_execution ON metric (execution, name, final);
CREATE INDEX metric_value ON metric (name, value, execution) WHERE final = 1 AND clean = 0;
CREATE INDEX metric_newest ON metric (name, execution, value) WHERE final = 1 AND clean = 0;

CREATE TABLE file (
  id        INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL REFERENCES execution,
  path      TEXT NOT NULL,           -- relative to the project's root, with forward slashes
  mode      TEXT NOT NULL CHECK (mode IN ('read', 'write')),
  seen      TEXT NOT NULL CHECK (seen IN ('open', 'call', 'logged')),
  size      INTEGER,
  mtime     REAL,
  hash      TEXT,                    -- SHA-256 in hexadecimal; null where it was not computed
  complete  INTEGER NOT NULL         -- 0 where the hash is of the beginning only, or missing
);
CREATE INDEX file_execution ON file (execution);
CREATE INDEX file_path ON file (path);

-- Of a clean run what its executions measured last and what was in force, in the index of runs.
CREATE TABLE run_metric (
  name  TEXT NOT NULL,
  run   TEXT NOT NULL REFERENCES run,
  value REAL,
  text  TEXT NOT NULL,
  type  TEXT NOT NULL,
  PRIMARY KEY (name, run)
) WITHOUT ROWID;
CREATE INDEX run_metric_value ON run_metric (name, value, run);
CREATE INDEX run_metric_run ON run_metric (run);

CREATE TABLE run_parameter (
  name  TEXT NOT NULL,
  run   TEXT NOT NULL REFERENCES run,
  type  TEXT NOT NULL,
  text  TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (name, run)
) WITHOUT ROWID;
CREATE INDEX run_parameter_run ON run_parameter (run);

CREATE TRIGGER execution_gone AFTER DELETE ON execution BEGIN
  DELETE FROM trace WHERE execution = OLD.id;
  DELETE FROM parameter WHERE execution = OLD.id;
  DELETE FROM metric WHERE execution = OLD.id;
  DELETE FROM file WHERE execution = OLD.id;
END;
