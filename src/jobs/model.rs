//! Jobs as the table holds them.

use serde::{Serialize, de::DeserializeOwned};

use crate::id::Id;

/// Work that must be done once; what it needs to know is stored with it. A name must stay when code moves: the table holds it.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// The kind of work, as named in the table, the log and the metrics.
    const NAME: &'static str;
}

/// A job that this replica is doing now.
#[derive(Debug)]
pub(super) struct Taken {
    pub id: Id,
    pub name: String,
    pub data: String,
    /// The count of the job's owners when this replica became one.
    pub fence: i64,
    /// How often it has failed since it last succeeded.
    pub tries: i32,
}

/// What becomes of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Then {
    /// It is done and removed.
    Done,
    /// It is due again after this time.
    Again(std::time::Duration),
}
