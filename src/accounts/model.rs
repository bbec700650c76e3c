//! Accounts as records, and what people log in as.

use std::fmt;

use super::email::{self, Email};
use crate::players::name::Name;

/// What an account is made of.
pub struct NewAccount {
    /// Its name.
    pub name: Name,
    /// Its owner's e-mail address.
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
}

/// What somebody logs in with, in lower case.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Login {
    /// A name.
    Name(String),
    /// An address.
    Email(String),
}

impl Login {
    /// What was typed, without surrounding spaces; `None` when no account can have it.
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
