//! What a player can send: from this tick on, my paddle moves up, stops, or moves down.

use serde::{Deserialize, Serialize};

/// A moment of a match, counted in steps of 1/60 s from its beginning.
pub type Tick = u32;

/// A place at the table: 0 plays on the left, 1 on the right; 2 and 3 are kept for fields with four sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Seat(u8);

impl Seat {
    /// The most seats that any rules may have.
    pub const MOST: usize = 4;
    /// The player on the left.
    pub const LEFT: Self = Self(0);
    /// The player on the right.
    pub const RIGHT: Self = Self(1);

    /// The seat of this number, 0 to 3.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 4 { Some(Self(number)) } else { None }
    }

    /// The number of the seat, for arrays of [`Seat::MOST`] items.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The number of the seat as it is stored and sent.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The other seat of two.
    #[must_use]
    pub const fn opponent(self) -> Self {
        Self(self.0 ^ 1)
    }
}

impl TryFrom<u8> for Seat {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("a seat is a number from 0 to 3")
    }
}

impl From<Seat> for u8 {
    fn from(seat: Seat) -> Self {
        seat.0
    }
}

/// Which way a paddle moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
#[repr(i8)]
pub enum Direction {
    /// Towards smaller y.
    Up = -1,
    /// Stay.
    #[default]
    Stop = 0,
    /// Towards greater y.
    Down = 1,
}

impl TryFrom<i8> for Direction {
    type Error = &'static str;

    fn try_from(number: i8) -> Result<Self, Self::Error> {
        match number {
            -1 => Ok(Self::Up),
            0 => Ok(Self::Stop),
            1 => Ok(Self::Down),
            _ => Err("a direction is -1, 0 or 1"),
        }
    }
}

impl From<Direction> for i8 {
    fn from(direction: Direction) -> Self {
        direction as Self
    }
}

/// From `tick` on the paddle of `seat` moves in `direction`: applied just before the step from `tick` to `tick + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Input {
    /// The tick that the input is applied at.
    pub tick: Tick,
    /// Whose paddle it is.
    pub seat: Seat,
    /// Which way it moves.
    pub direction: Direction,
}
