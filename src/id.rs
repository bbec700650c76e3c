//! Keys of rows, made by the application: sorted by time, hard to guess, the same format on every replica.

use std::{fmt, str::FromStr};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::BigInt,
};
use serde::{Deserialize, Serialize};

use crate::clock;

/// Digits of the form in URLs, in ascending order of value and of character, so that the text sorts like the number.
const DIGITS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// Characters of an id in a URL: 11 × 6 bits hold 63 bits.
const LENGTH: usize = 11;
/// Random bits below the milliseconds: 63 − 42.
const RANDOM_BITS: u32 = 21;

/// A time-sorted 63-bit key: 42 bits of milliseconds since 1970, then 21 random bits; 11 characters in a URL.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, AsExpression, diesel::FromSqlRow, Serialize, Deserialize,
)]
#[diesel(sql_type = BigInt)]
pub struct Id(pub i64);

impl Id {
    /// A new key for the current millisecond.
    #[must_use]
    pub fn new() -> Self {
        Self(Self::at(clock::now()).0 | i64::from(rand::random::<u32>() >> (32 - RANDOM_BITS)))
    }

    /// The lowest key of a moment's millisecond, to find rows by age.
    #[must_use]
    pub fn at(moment: clock::Moment) -> Self {
        Self((clock::unix_millis(moment) & ((1 << 42) - 1)) << RANDOM_BITS)
    }
}

impl Default for Id {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = (0..LENGTH)
            .rev()
            .filter_map(|place| DIGITS.get(usize::try_from((self.0 >> (6 * place)) & 63).ok()?))
            .map(|digit| char::from(*digit))
            .collect();
        f.write_str(&text)
    }
}

/// The text is not an id.
#[derive(Debug, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.len() != LENGTH {
            return Err(NotAnId);
        }
        let mut value: u128 = 0;
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|d| *d == byte).ok_or(NotAnId)?;
            value = value * 64 + u128::try_from(digit).map_err(|_| NotAnId)?;
        }
        i64::try_from(value).map(Self).map_err(|_| NotAnId)
    }
}

impl<B: Backend> ToSql<BigInt, B> for Id
where
    i64: ToSql<BigInt, B>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, B>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<B: Backend> FromSql<BigInt, B> for Id
where
    i64: FromSql<BigInt, B>,
{
    fn from_sql(bytes: B::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_url_and_sorts_as_its_text() {
        let (first, second) = (Id(1), Id::new());
        assert_eq!(second.to_string().parse::<Id>().unwrap(), second);
        assert_eq!(first.to_string(), "----------0");
        assert!(first.to_string() < second.to_string());
        assert!("zzzzzzzzzzz".parse::<Id>().is_err(), "beyond 63 bits");
        assert!("short".parse::<Id>().is_err());
    }
}
