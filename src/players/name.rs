//! Names of players.

/// Shortest name, in characters.
pub const MIN: usize = 3;
/// Longest name, in characters.
pub const MAX: usize = 20;

/// Names that could be mistaken for the site itself, its staff, or one of its pages.
const RESERVED: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "administrator",
    "anonymous",
    "api",
    "assets",
    "bot",
    "bots",
    "chat",
    "deleted",
    "favicon",
    "friends",
    "guest",
    "guests",
    "health",
    "help",
    "home",
    "invite",
    "invites",
    "language",
    "live",
    "lobby",
    "login",
    "logout",
    "match",
    "matches",
    "me",
    "mod",
    "moderator",
    "moderators",
    "new",
    "nobody",
    "null",
    "official",
    "play",
    "player",
    "players",
    "pong",
    "privacy",
    "profile",
    "replay",
    "replays",
    "robots",
    "root",
    "search",
    "security",
    "settings",
    "sign-in",
    "sign-up",
    "signin",
    "signout",
    "signup",
    "staff",
    "standings",
    "static",
    "support",
    "system",
    "team",
    "terms",
    "tournament",
    "tournaments",
    "transcendence",
    "undefined",
    "webmaster",
    "you",
    "yourself",
];
/// Prefixes that mark players without an account.
const RESERVED_PREFIXES: &[&str] = &["bot-", "bot_", "guest-", "guest_"];

/// A name that an account may have: 3 to 20 of `A-Z a-z 0-9 _ -`, not reserved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name(String);

/// Why a text is not a valid name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameProblem {
    /// Too short or too long.
    Length,
    /// Characters that are not allowed.
    Characters,
    /// Reserved for the site.
    Reserved,
    /// Taken by somebody else, ignoring case.
    Taken,
}

impl NameProblem {
    /// Key of the message.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Length => "name-length",
            Self::Characters => "name-characters",
            Self::Reserved => "name-reserved",
            Self::Taken => "name-taken",
        }
    }
}

impl Name {
    /// The name in a text, without surrounding spaces.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NameProblem> {
        let name = text.trim();
        if !(MIN..=MAX).contains(&name.chars().count()) {
            return Err(NameProblem::Length);
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            return Err(NameProblem::Characters);
        }
        let key = name.to_ascii_lowercase();
        if RESERVED.contains(&key.as_str()) || RESERVED_PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
            return Err(NameProblem::Reserved);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name in its owner's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must be unique: the name in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_and_not_the_sites_own() {
        for good in ["ada", "Ada_L-72", "bottle", "x23456789012345678-0", " ada ", "---"] {
            assert_eq!(Name::parse(good).unwrap().as_str(), good.trim());
        }
        for (bad, why) in [
            ("", NameProblem::Length),
            ("al", NameProblem::Length),
            ("x23456789012345678901", NameProblem::Length),
            ("zoë", NameProblem::Characters),
            ("a b", NameProblem::Characters),
            ("ada\0", NameProblem::Characters),
            ("Admin", NameProblem::Reserved),
            ("LOGIN", NameProblem::Reserved),
            ("static", NameProblem::Reserved),
            ("Bot-Ada", NameProblem::Reserved),
            ("guest-7KQ2M", NameProblem::Reserved),
        ] {
            assert_eq!(Name::parse(bad), Err(why), "{bad:?}");
        }
        assert_eq!(Name::parse("AdA").unwrap().key(), "ada");
    }
}
