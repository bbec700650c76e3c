//! The forms of sign-up and log-in: what was sent, and what is wrong with it.

use serde::Deserialize;

use super::{
    email::{Email, EmailProblem},
    passwords,
    strength::{self, Advice},
};
use crate::{
    language::Language,
    players::name::{Name, NameProblem},
};

/// A password as typed; never shown, never logged.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

/// What the sign-up form sends; missing fields are empty.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The password.
    pub password: Password,
    /// `yes` to stay logged in.
    pub stay: String,
    /// Where to continue.
    pub next: String,
}

/// What the log-in form sends; missing fields are empty.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct LogInForm {
    /// Name or address.
    pub login: String,
    /// The password.
    pub password: Password,
    /// `yes` to stay logged in.
    pub stay: String,
    /// Where to continue.
    pub next: String,
}

/// Why a password is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PasswordProblem {
    /// Fewer than 8 characters.
    Short,
    /// More than 128 characters.
    Long,
    /// Easy to guess.
    Weak(Advice),
}

/// The fields of a sign-up form, each valid or with its problem.
pub struct SignUp {
    /// The name.
    pub name: Result<Name, NameProblem>,
    /// The address.
    pub email: Result<Email, EmailProblem>,
    /// The password.
    pub password: Result<Password, PasswordProblem>,
}

impl SignUpForm {
    /// Checks everything that needs no database. Takes milliseconds (see [`strength::weakness`]).
    #[must_use]
    pub fn check(&self) -> SignUp {
        SignUp {
            name: Name::parse(&self.name),
            email: Email::parse(&self.email),
            password: check_password(&self.password, &[&self.name, &self.email]).map(|()| self.password.clone()),
        }
    }
}

fn check_password(password: &Password, words: &[&str]) -> Result<(), PasswordProblem> {
    match password.0.chars().count() {
        0..passwords::MIN => Err(PasswordProblem::Short),
        passwords::MIN..=passwords::MAX => {
            strength::weakness(&password.0, words).map_or(Ok(()), |advice| Err(PasswordProblem::Weak(advice)))
        }
        _ => Err(PasswordProblem::Long),
    }
}

impl PasswordProblem {
    /// The message.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match self {
            Self::Short => language.t("password-short"),
            Self::Long => language.t("password-long"),
            Self::Weak(Advice(keys)) => keys.iter().map(|key| language.t(key)).collect::<Vec<_>>().join(" "),
        }
    }
}

/// The messages of a form: by field, in page order.
#[derive(Default)]
pub struct Messages(Vec<(&'static str, String)>);

impl Messages {
    /// What is wrong with a sign-up.
    #[must_use]
    pub fn of(sign_up: &SignUp, language: Language) -> Self {
        let name = sign_up.name.as_ref().err().map(|problem| ("name", language.t(problem.key())));
        let email = sign_up.email.as_ref().err().map(|problem| ("email", language.t(problem.key())));
        let password = sign_up.password.as_ref().err().map(|problem| ("password", problem.text(language)));
        Self([name, email, password].into_iter().flatten().collect())
    }

    /// All messages.
    #[must_use]
    pub fn all(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// The message of a field.
    #[must_use]
    pub fn field(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, text)| text.as_str())
    }
}
