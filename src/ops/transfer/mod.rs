//! Everything in the database, from one place to another: `backup`, `restore` and `copy`.
//!
//! One portable form for both databases: the header, then table by table one JSON array a row, then what was written. [`export`]
//! reads it out of one snapshot, [`import`] writes it in one transaction; [`file`](mod@file) keeps it in a compressed file with a
//! checksum, and `copy` joins the two ends. [`tables`] takes what there is from `src/db/schema.rs`, so that a new table or
//! column is included without anybody thinking of it. All of it streams: memory does not grow with the number of rows.

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
