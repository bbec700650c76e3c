//! A place in a list of matches sorted from newest to oldest.

use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{
    clock::{self, Moment},
    id::{Id, NotAnId},
};

/// Characters of an [`Id`] in a URL.
const HALF: usize = 11;

/// The place just above a match: its end, then its key, because two matches may end at once. In a URL it is the end in microseconds
/// since 1970 and the key, each written like an [`Id`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cursor {
    /// When the match ended.
    pub finished_at: Moment,
    /// Its key.
    pub id: Id,
}

impl Cursor {
    /// The place above every match.
    pub const NEWEST: Self = Self { finished_at: Moment::MAX, id: Id(i64::MAX) };
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.finished_at.assume_utc().unix_timestamp_nanos() / 1_000;
        write!(f, "{}{}", Id(i64::try_from(micros).unwrap_or(i64::MAX)), self.id)
    }
}

impl FromStr for Cursor {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (micros, id) = text.split_at_checked(HALF).ok_or(NotAnId)?;
        let nanos = i128::from(micros.parse::<Id>()?.0) * 1_000;
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| NotAnId)?;
        Ok(Self { finished_at: clock::to_moment(time), id: id.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_url() {
        let cursor = Cursor { finished_at: clock::now(), id: Id::new() };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        for wrong in ["", "zzzzzzzzzzzzzzzzzzzzzz", "é-------------------éé", "----------"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
