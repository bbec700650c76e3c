DROP TABLE invites;
DROP TABLE match_chunks;
DROP TABLE seats;
DROP TABLE matches;
DROP TABLE sessions;
DROP TABLE credentials;
DROP TABLE players;
