//! Integration tests: the whole site through its router, as a named visitor, on SQLite or (with `TEST_DATABASE_URL`) PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::items_after_statements,
    clippy::struct_field_names,
    missing_docs
)]

mod accounts;
mod architecture;
mod catalogues;
mod cluster;
mod commands;
mod faults;
mod ground;
mod jobs;
mod live;
mod lobby;
mod matches;
mod operating;
mod replicas;
mod seed;
mod support;
mod templates;
mod transfer;
mod valkey;
