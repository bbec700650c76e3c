//! The time of day: always from the application, never from the database.

use time::{OffsetDateTime, PrimitiveDateTime};

/// A moment in UTC as stored in the database, in whole microseconds.
pub type Moment = PrimitiveDateTime;

/// The current time, truncated to microseconds (what PostgreSQL stores).
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

/// A moment as milliseconds since 1970.
#[must_use]
pub fn unix_millis(moment: Moment) -> i64 {
    let nanos = moment.assume_utc().unix_timestamp_nanos();
    i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX)
}
