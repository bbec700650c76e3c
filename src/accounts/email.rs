//! E-mail addresses, validated as browsers do in `<input type="email">`.

/// Longest address, in characters (RFC 5321, 4.5.3.1.3).
pub const MAX: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Longest label of a domain (RFC 1035, 2.3.4).
const MAX_LABEL: usize = 63;

/// An address with a valid form; whether it receives mail is not known.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// Why a text is not a valid address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EmailProblem {
    /// Not of the form `name@example.org`.
    Form,
    /// Belongs to an account.
    Taken,
}

impl EmailProblem {
    /// Key of the message.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Form => "email-form",
            Self::Taken => "email-taken",
        }
    }
}

impl Email {
    /// The address in a text, without surrounding spaces: the grammar of the HTML standard ("valid e-mail address"), and a domain
    /// of at least two labels.
    ///
    /// # Errors
    /// [`EmailProblem::Form`].
    pub fn parse(text: &str) -> Result<Self, EmailProblem> {
        let address = text.trim();
        let (local, domain) = address.split_once('@').ok_or(EmailProblem::Form)?;
        let local_fits = !local.is_empty() && local.len() <= MAX_LOCAL && local.bytes().all(is_local);
        let domain_fits = domain.contains('.') && domain.split('.').all(is_label);
        if address.len() <= MAX && local_fits && domain_fits {
            Ok(Self(address.to_owned()))
        } else {
            Err(EmailProblem::Form)
        }
    }

    /// The address in its owner's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must be unique: the address in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= MAX_LABEL
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_the_form_that_browsers_ask_for() {
        for good in ["ada@example.org", "a.l+pong@mail.example.co.uk", "o'neil@example.org", " ada@example.org "] {
            assert_eq!(Email::parse(good).unwrap().as_str(), good.trim());
        }
        let long = format!("{}@example.org", "x".repeat(65));
        let longer = format!("ada@{}org", "example.".repeat(40));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@example",
            "a@b@example.org",
            "ada @example.org",
            "ada@example..org",
            "ada@-example.org",
            "ada@example.org.",
            "ada@exämple.org",
            "ada\0@example.org",
            &long,
            &longer,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Email::parse("Ada@Example.ORG").unwrap().key(), "ada@example.org");
    }
}
