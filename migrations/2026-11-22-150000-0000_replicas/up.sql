-- Several processes over one database: who lives, who owns which live match, and the lobby's queue that all of them share.

CREATE TABLE replicas (
    id BIGINT NOT NULL PRIMARY KEY, -- of one process, from its start to its end
    beat BIGINT NOT NULL, -- counts up a few times a second; who stops counting is dead
    started_at TIMESTAMP NOT NULL
);

ALTER TABLE matches ADD COLUMN owner_id BIGINT; -- the replica that plays it, or played it last; null: nobody does
ALTER TABLE matches ADD COLUMN fence BIGINT NOT NULL DEFAULT 0; -- counts the owners: an earlier one can no longer write
CREATE INDEX matches_by_owner ON matches (owner_id) WHERE status = 'live';

CREATE TABLE queue_entries (
    player_id BIGINT NOT NULL PRIMARY KEY REFERENCES players (id) ON DELETE CASCADE,
    points INTEGER NOT NULL,
    since TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    match_id BIGINT -- once found
);
CREATE INDEX queue_entries_by_points ON queue_entries (points, since);
