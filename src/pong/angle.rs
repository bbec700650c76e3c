//! Angles of returns and serves as a table of unit vectors, so that no floats are computed in play.

/// The length of every vector in [`UNIT_VECTORS`].
pub const UNIT: i32 = 16384;

/// The index of the steepest angle.
pub const STEEPEST: i32 = 32;

/// `(cosine, sine)` of 0° to 60° in 32 equal steps, times [`UNIT`], rounded.
pub const UNIT_VECTORS: [(i32, i32); 33] = [
    (16384, 0),
    (16375, 536),
    (16349, 1072),
    (16305, 1606),
    (16244, 2139),
    (16165, 2669),
    (16069, 3196),
    (15956, 3720),
    (15826, 4240),
    (15679, 4756),
    (15515, 5266),
    (15334, 5771),
    (15137, 6270),
    (14924, 6762),
    (14694, 7246),
    (14449, 7723),
    (14189, 8192),
    (13913, 8652),
    (13623, 9102),
    (13318, 9543),
    (12998, 9974),
    (12665, 10394),
    (12318, 10803),
    (11958, 11200),
    (11585, 11585),
    (11200, 11958),
    (10803, 12318),
    (10394, 12665),
    (9974, 12998),
    (9543, 13318),
    (9102, 13623),
    (8652, 13913),
    (8192, 14189),
];

/// The unit vector of an angle, by its index in [`UNIT_VECTORS`]; beyond the steepest, the steepest.
#[must_use]
pub fn unit_vector(angle: i32) -> (i32, i32) {
    usize::try_from(angle).ok().and_then(|angle| UNIT_VECTORS.get(angle)).copied().unwrap_or(UNIT_VECTORS[32])
}
