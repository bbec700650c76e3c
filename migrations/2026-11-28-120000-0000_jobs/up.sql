-- Work that is done once by whichever replica takes it, however often it must be tried.

CREATE TABLE jobs (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL, -- which work
    once_key TEXT UNIQUE, -- of this work there is only one at a time
    data TEXT NOT NULL, -- JSON
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    owner_id BIGINT, -- the replica that does it; null: nobody does
    fence BIGINT NOT NULL, -- counts the owners: an earlier one can no longer write
    tries INTEGER NOT NULL, -- failed ones since it last succeeded
    last_error TEXT,
    is_dead BOOLEAN NOT NULL -- given up; somebody must look at it
);
CREATE INDEX jobs_by_due ON jobs (is_dead, due_at);
