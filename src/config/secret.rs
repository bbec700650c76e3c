//! Secrets: read from files, never shown.

use std::{any::TypeId, fmt, fs::File, io::Read, path::Path, str::FromStr, sync::Arc};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac, digest::Key};
use sha2::{Digest, Sha256};

/// Largest secret file, in bytes.
const LARGEST: u64 = 4096;

/// Shown in place of a secret.
pub const HIDDEN: &str = "(hidden)";

/// The application's secret. Its `Debug` and its `Display` hide it.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// The text itself, for code that must judge it; never show it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("is empty".to_owned()) } else { Ok(Self(text.into())) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// An address that may contain a password, which its `Debug` and its `Display` hide.
#[derive(Clone)]
pub struct SecretUrl(Arc<str>);

impl SecretUrl {
    /// Wraps a text unchanged.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(url.into())
    }

    /// The address itself, for code that connects to it; never show it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same address with a password inserted; `None` when it already has one.
    pub(super) fn with_password(&self, password: &str) -> Option<Self> {
        with_password(&self.0, password).map(|url| Self(url.into()))
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretUrl({self})")
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

/// Whether a setting holds a secret, judged by the type of its value; such a value is never shown, whatever its source.
#[must_use]
pub fn is_secret(setting: &clap::Arg) -> bool {
    let kind = setting.get_value_parser().type_id();
    kind == TypeId::of::<Secret>() || kind == TypeId::of::<SecretUrl>()
}

/// The URL with a password inserted, percent-encoded; `None` when it already has one.
fn with_password(url: &str, password: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') {
        return None;
    }
    Some(format!("{scheme}://{user}:{}@{host}{path}", urlencoding::encode(password)))
}

/// The URL with its password hidden, as well as any in its query.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // Split at the last `@`: a password may wrongly contain an unescaped one, which is exactly when somebody looks at this.
    let (user, host) = rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
    let user = match user.map(|user| user.split_once(':').map_or(user, |(name, _)| name)) {
        Some(name) if rest.len() > name.len() + 1 + host.len() => format!("{name}:{HIDDEN}@"),
        Some(name) => format!("{name}@"),
        None => String::new(),
    };
    let (host, path) = host.split_at(host.find(['/', '?']).unwrap_or(host.len()));
    let path = match path.split_once('?') {
        Some((path, query)) if query.to_ascii_lowercase().contains("password") => format!("{path}?{HIDDEN}"),
        _ => path.to_owned(),
    };
    format!("{scheme}://{user}{host}{path}")
}

/// HMAC-SHA256 of a message, keyed with the secret, as 64 hexadecimal digits; without a secret the key is empty. The purpose keeps
/// what one part of the site stores from being useful to another.
#[must_use]
pub fn keyed_hash(secret: Option<&Secret>, purpose: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new(&block(secret.map_or(&[], |secret| secret.0.as_bytes())));
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(message.as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// A key of any length as the block that HMAC makes of it (RFC 2104, section 2), so that nothing can fail.
fn block(key: &[u8]) -> Key<Hmac<Sha256>> {
    let mut block = Key::<Hmac<Sha256>>::default();
    let digest = Sha256::digest(key);
    let bytes = if key.len() > block.len() { digest.as_slice() } else { key };
    block.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
    block
}

/// The contents of a secret's file, without surrounding whitespace.
pub(super) fn read(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    File::open(file)
        .and_then(|file| file.take(LARGEST).read_to_string(&mut text))
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let text = text.trim();
    if text.is_empty() { Err(format!("{} is empty", file.display())) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Args;

    use super::*;
    use crate::config::Config;

    #[test]
    fn the_block_of_a_key_is_what_hmac_makes_of_it() {
        for key in [&b""[..], b"short", &[7; 64], &[9; 65], &[1; 500]] {
            let mut own = Hmac::<Sha256>::new(&block(key));
            let mut theirs = Hmac::<Sha256>::new_from_slice(key).unwrap();
            own.update(b"message");
            theirs.update(b"message");
            assert_eq!(own.finalize().into_bytes(), theirs.finalize().into_bytes(), "{} bytes", key.len());
        }
    }

    #[test]
    fn a_hash_depends_on_secret_purpose_and_message() {
        let (one, two): (Secret, Secret) = ("one".parse().unwrap(), "two".parse().unwrap());
        let all = [
            keyed_hash(None, "session", "id"),
            keyed_hash(Some(&one), "session", "id"),
            keyed_hash(Some(&two), "session", "id"),
            keyed_hash(Some(&one), "other", "id"),
            keyed_hash(Some(&one), "session", "di"),
        ];
        for (place, hash) in all.iter().enumerate() {
            assert!(!all[..place].contains(hash), "{place}");
        }
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }

    #[test]
    fn a_password_of_any_characters_fits_into_a_url() {
        let put = |url| with_password(url, "p@ss:w/rd?#%20 é");
        let encoded = "p%40ss%3Aw%2Frd%3F%23%2520%20%C3%A9";
        assert_eq!(put("postgres://pong@db/pong").unwrap(), format!("postgres://pong:{encoded}@db/pong"));
        assert_eq!(
            put("postgres://db:5433?sslmode=disable").unwrap(),
            format!("postgres://:{encoded}@db:5433?sslmode=disable")
        );
        assert_eq!(put("redis://valkey:6379/1").unwrap(), format!("redis://:{encoded}@valkey:6379/1"));
        assert_eq!(put("postgres://pong:other@db/pong"), None);
    }

    #[test]
    fn passwords_are_hidden_wherever_a_url_has_them() {
        for (url, shown) in [
            ("postgres://ada:p%40ss@db:5432/pong", "postgres://ada:(hidden)@db:5432/pong"),
            ("postgres://ada@db/pong?sslmode=require", "postgres://ada@db/pong?sslmode=require"),
            ("postgres://db/pong?user=ada&password=x", "postgres://db/pong?(hidden)"),
            ("redis://:x@valkey:6379", "redis://:(hidden)@valkey:6379"),
            ("postgres://ada:a/b?c@d@db/pong", "postgres://ada:(hidden)@db/pong"),
            ("data/site.sqlite3", "data/site.sqlite3"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn a_setting_is_secret_by_its_type() {
        let command = Config::augment_args(clap::Command::new("settings"));
        let secret: Vec<&str> = command
            .get_arguments()
            .filter(|setting| is_secret(setting))
            .map(|setting| setting.get_id().as_str())
            .collect();
        assert_eq!(secret, ["database_url", "valkey_url", "secret"]);
        assert_eq!(format!("{:?}", SecretUrl::new("redis://:x@valkey")), "SecretUrl(redis://:(hidden)@valkey)");
    }
}
