//! What a check finds.

use std::fmt;

/// Something that should be changed.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Finding {
    /// The variable to change, or what else is at fault.
    pub setting: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    pub fn new(setting: &'static str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { setting, problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}.", self.setting, self.problem, self.remedy)
    }
}
