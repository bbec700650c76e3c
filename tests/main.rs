//! Integration tests: the whole site through its router, as a named visitor, on SQLite or (with `TEST_DATABASE_URL`) PostgreSQL.

mod accounts;
mod catalogues;
mod commands;
mod ground;
mod lobby;
mod matches;
mod support;
