//! The picture of a player: five by five blocks, mirrored, derived from the name. Templates draw it with
//! `templates/components/player.html`.

use std::fmt::Write;

/// Number of rows, and of columns.
const SIDE: u32 = 5;
/// Number of hues in the style sheet (`avatar-0` to `avatar-7`).
const HUES: u32 = 8;

/// What a player's picture is drawn from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Avatar {
    /// Number of the hue, 0 to 7.
    pub hue: u32,
    /// An SVG path of unit squares in a 5×5 box.
    pub path: String,
}

impl Avatar {
    /// The picture of a name, ignoring case.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let hash = hash(name);
        let mut path = String::with_capacity(200);
        for row in 0..SIDE {
            for column in 0..=SIDE / 2 {
                if (hash >> (row * 3 + column)) & 1 == 1 {
                    block(&mut path, column, row);
                    if column < SIDE / 2 {
                        block(&mut path, SIDE - 1 - column, row);
                    }
                }
            }
        }
        Self { hue: (hash >> 16) % HUES, path }
    }
}

fn block(path: &mut String, x: u32, y: u32) {
    // Writing to a string cannot fail.
    let _ = write!(path, "M{x} {y}h1v1H{x}z");
}

/// FNV-1a with a final mix, so that names that differ in one letter look different.
fn hash(name: &str) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in name.bytes() {
        hash = (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
    }
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_belongs_to_a_name() {
        assert_eq!(Avatar::of("Ada"), Avatar::of("ada"));
        assert_ne!(Avatar::of("ada").path, Avatar::of("adb").path);
        assert!(Avatar::of("grace").hue < HUES);
    }
}
