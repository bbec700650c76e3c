-- Portable over SQLite and PostgreSQL: BIGINT TEXT INTEGER DOUBLE PRECISION BOOLEAN TIMESTAMP only; keys made by the app.

CREATE TABLE players (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL, -- account, guest, bot
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE, -- the name in lower case
    joined_at TIMESTAMP NOT NULL,
    won BIGINT NOT NULL DEFAULT 0, -- finished matches won, kept with the result in one transaction
    lost BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE credentials (
    player_id BIGINT NOT NULL PRIMARY KEY REFERENCES players (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE, -- the address in lower case
    password_hash TEXT NOT NULL, -- PHC string, Argon2id
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY, -- hash of the id in the cookie, keyed with the application's secret
    data TEXT NOT NULL, -- JSON
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE matches (
    id BIGINT NOT NULL PRIMARY KEY,
    mode TEXT NOT NULL, -- queue, link, bot, local
    status TEXT NOT NULL, -- live, finished
    rules TEXT NOT NULL, -- JSON
    seed BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP, -- first serve
    finished_at TIMESTAMP,
    winner_seat INTEGER,
    end_reason TEXT, -- score, forfeit, left, abandoned, no_show, aborted
    ticks BIGINT, -- length of play, 60 a second
    longest_rally INTEGER, -- returns
    points TEXT, -- JSON [[tick, seat that scored], ...]
    log TEXT, -- base64 of the encoded inputs, once finished
    rematch_id BIGINT
);
CREATE INDEX matches_by_status ON matches (status, finished_at, id);

CREATE TABLE seats (
    match_id BIGINT NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    seat INTEGER NOT NULL,
    player_id BIGINT REFERENCES players (id), -- null: a second person at the keyboard of the other seat
    alias TEXT, -- the name of a second person at one keyboard
    strength TEXT, -- of a bot: weak, medium, strong
    score INTEGER NOT NULL DEFAULT 0,
    result TEXT, -- won, lost, none; null while live
    finished_at TIMESTAMP, -- as in matches, for the history's index
    round_trip INTEGER, -- median, ms
    jitter INTEGER, -- ms
    inputs INTEGER NOT NULL DEFAULT 0,
    late_inputs INTEGER NOT NULL DEFAULT 0, -- moved to another tick by the server
    pauses INTEGER NOT NULL DEFAULT 0,
    absent_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (match_id, seat)
);
CREATE INDEX seats_by_player ON seats (player_id, finished_at, match_id);

CREATE TABLE match_chunks (
    match_id BIGINT NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    until_tick BIGINT NOT NULL, -- the log is complete below this tick
    inputs TEXT NOT NULL, -- base64 of the encoded inputs
    PRIMARY KEY (match_id, number)
);

CREATE TABLE invites (
    id BIGINT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    inviter_id BIGINT NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    rules TEXT NOT NULL, -- JSON
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    match_id BIGINT REFERENCES matches (id) ON DELETE CASCADE -- once taken
);
CREATE INDEX invites_by_inviter ON invites (inviter_id, expires_at);

INSERT INTO players (id, kind, name, name_key, joined_at) VALUES
    (1, 'bot', 'Bot-Weak', 'bot-weak', '1972-11-29 00:00:00'),
    (2, 'bot', 'Bot-Medium', 'bot-medium', '1972-11-29 00:00:00'),
    (3, 'bot', 'Bot-Strong', 'bot-strong', '1972-11-29 00:00:00');
