//! Integration tests: the whole site through its router, as a named visitor, on SQLite or (with `TEST_DATABASE_URL`) PostgreSQL.

mod commands;
mod ground;
<<<<<<< HEAD
mod lobby;
mod matches;
=======
mod live;
>>>>>>> df8680e (Carry live play over sockets, save it as it goes, bring it back after a restart)
mod support;
