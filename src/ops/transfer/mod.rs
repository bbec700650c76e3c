//! Moves everything in the database from one place to another: `backup`, `restore` and `copy`.
//!
//! Both databases share one portable form: the header, then one JSON array per row, table by table, then the counts. [`export`]
//! reads it from one snapshot, [`import`] writes it in one transaction; [`file`](mod@file) keeps it in a compressed file with a
//! checksum, and `copy` joins the two ends. [`tables`] reads the schema from `src/db/schema.rs`, so that a new table or column is
//! included automatically. All of it streams: memory does not grow with the number of rows.

mod backup;
mod copy;
mod error;
mod export;
mod file;
mod form;
mod import;
mod keep;
mod restore;
mod tables;

pub use self::{
    backup::{BackupOptions, backup},
    copy::{CopyOptions, copy},
    restore::{RestoreOptions, restore},
};
