//! The time of day: made here, never by the database.

use time::{OffsetDateTime, PrimitiveDateTime};

/// A moment in UTC as the database holds it, in whole microseconds.
pub type Moment = PrimitiveDateTime;

/// The present, truncated to microseconds (what PostgreSQL keeps).
#[must_use]
pub fn now() -> Moment {
    to_moment(OffsetDateTime::now_utc())
}

/// A moment in UTC, truncated to microseconds.
#[must_use]
pub fn to_moment(time: OffsetDateTime) -> Moment {
    let utc = time.to_offset(time::UtcOffset::UTC);
    let moment = PrimitiveDateTime::new(utc.date(), utc.time());
    moment.replace_nanosecond(moment.microsecond() * 1_000).unwrap_or(moment)
}

/// Milliseconds since 1970 of a moment.
#[must_use]
pub fn unix_millis(moment: Moment) -> i64 {
    let nanos = moment.assume_utc().unix_timestamp_nanos();
    i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX)
}
