//! Secrets: read from files, never shown.

use std::{fmt, fs::File, io::Read, path::Path, str::FromStr, sync::Arc};

use hmac::{Hmac, KeyInit, Mac, digest::Key};
use sha2::{Digest, Sha256};

/// Largest file of a secret, in bytes.
const LARGEST: u64 = 4096;

/// The application's secret. Its `Debug` hides it.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// The text itself, for whoever must judge it; never to be shown.
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

/// HMAC-SHA256 of a message, keyed with the secret, as 64 hexadecimal digits; without a secret the key is empty. The purpose
/// keeps what one part of the site stores from being of use to another.
#[must_use]
pub fn keyed_hash(secret: Option<&Secret>, purpose: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new(&block(secret.map_or(&[], |secret| secret.0.as_bytes())));
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(message.as_bytes());
    crate::hex::encode(&mac.finalize().into_bytes())
}

/// A key of any length as the block that HMAC makes of it (RFC 2104, section 2), so that there is nothing to fail.
fn block(key: &[u8]) -> Key<Hmac<Sha256>> {
    let mut block = Key::<Hmac<Sha256>>::default();
    let digest = Sha256::digest(key);
    let bytes = if key.len() > block.len() { digest.as_slice() } else { key };
    block.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
    block
}

/// The content of a secret's file without the white space around it.
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
    use super::*;

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
}
