//! Why data could not be moved.

use std::io;

use crate::{
    db::{self, migrations::MigrateError},
    ops::Failure,
};

/// Why data could not be moved.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error("{0}")]
    Database(#[from] diesel::result::Error),
    #[error("{0}")]
    Connect(#[from] db::ConnectError),
    #[error("{0}")]
    Migrate(#[from] MigrateError),
    #[error("{0}")]
    File(#[from] io::Error),
    /// A sentence for the operator.
    #[error("{0}")]
    Refused(String),
}

impl TransferError {
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    /// The line for the operator; errors of the database or the file system are prefixed with what they are about.
    pub fn into_failure(self, about: &str) -> Failure {
        match self {
            Self::Refused(why) => Failure(why),
            other => Failure::new(about, other),
        }
    }
}
