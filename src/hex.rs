//! Bytes as hexadecimal digits.

use std::fmt::Write;

/// Two lower-case digits a byte.
#[must_use]
pub fn encode<'b>(bytes: impl IntoIterator<Item = &'b u8>) -> String {
    bytes.into_iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
