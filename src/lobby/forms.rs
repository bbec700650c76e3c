//! What the forms of `/play` send.

use serde::Deserialize;

use crate::{
    error::Error,
    pong::{Rules, Strength},
};

/// Longest name of the second person at the keyboard, in characters.
pub const ALIAS_LENGTH: usize = 20;

/// Points to win, as chosen.
#[derive(Deserialize)]
pub struct PointsForm {
    points: u8,
}

impl PointsForm {
    /// The rules; only those that the form offers.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] for points that no form offers.
    pub fn rules(&self) -> Result<(u8, Rules), Error> {
        Rules::classic(self.points).map(|rules| (self.points, rules)).ok_or(Error::Unprocessable)
    }
}

/// A match against a bot.
#[derive(Deserialize)]
pub struct BotForm {
    points: u8,
    strength: String,
}

impl BotForm {
    /// The rules and the bot.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] for anything that no form offers.
    pub fn parse(&self) -> Result<(Rules, Strength), Error> {
        let strength = crate::live::model::strength_of(&self.strength).ok_or(Error::Unprocessable)?;
        Ok((Rules::classic(self.points).ok_or(Error::Unprocessable)?, strength))
    }
}

/// Two people at one keyboard.
#[derive(Deserialize)]
pub struct KeyboardForm {
    points: u8,
    right: String,
}

impl KeyboardForm {
    /// The rules and the second person's name, or the key of what is wrong with the name.
    ///
    /// # Errors
    /// [`Error::Unprocessable`] for points that no form offers.
    pub fn parse(&self) -> Result<(Rules, Result<String, &'static str>), Error> {
        let rules = Rules::classic(self.points).ok_or(Error::Unprocessable)?;
        let name = self.right.trim();
        let fits = (1..=ALIAS_LENGTH).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        Ok((rules, if fits { Ok(name.to_owned()) } else { Err("lobby-keyboard-name-wrong") }))
    }

    /// The name as typed, to show again.
    #[must_use]
    pub fn right(&self) -> &str {
        &self.right
    }
}
