//! Players as records.

use std::fmt;

use diesel::{Queryable, Selectable, deserialize::FromSqlRow, expression::AsExpression, sql_types::Text};

use super::{
    email::{self, Email},
    name::Name,
};
use crate::{clock::Moment, db::schema::players, id::Id, text_enum};

/// What a player is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum PlayerKind {
    /// Has a name and a password.
    Account,
    /// Plays without an account, as long as the session lasts.
    Guest,
    /// Is played by the server.
    Bot,
}

text_enum!(PlayerKind { Account => "account", Guest => "guest", Bot => "bot" });

/// A player.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = players)]
pub struct Player {
    /// Key.
    pub id: Id,
    /// What it is.
    pub kind: PlayerKind,
    /// Name as its owner writes it; unique ignoring case.
    pub name: String,
    /// When it was made.
    pub joined_at: Moment,
    /// Finished matches won.
    pub won: i64,
    /// Finished matches lost.
    pub lost: i64,
}

/// What an account is made of.
pub struct NewAccount {
    /// Its name.
    pub name: Name,
    /// Where mail reaches its owner.
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
}

/// What somebody logs in as, in lower case.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Login {
    /// A name.
    Name(String),
    /// An address.
    Email(String),
}

impl Login {
    /// What was typed, without the spaces around it; `None` when no account can have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = text.trim().to_ascii_lowercase();
        if key.is_empty() || key.len() > email::MAX || key.contains(char::is_control) {
            return None;
        }
        Some(if key.contains('@') { Self::Email(key) } else { Self::Name(key) })
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(text) | Self::Email(text) => f.write_str(text),
        }
    }
}
