//! Values shared by several groups of settings.

use clap::ValueEnum;

/// On or off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Switch {
    /// Yes.
    On,
    /// No.
    Off,
}

impl Switch {
    /// Whether the switch is on.
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// A setting whose value cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: {problem}")]
pub struct SettingError {
    /// The environment variable of the setting.
    pub variable: &'static str,
    /// What is wrong with its value, never the value of a secret.
    pub problem: String,
}
