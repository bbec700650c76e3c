//! The inputs of a match in the order in which they count, and their compact form.

use super::input::{Direction, Input, Seat, Tick};

/// Inputs sorted by tick, then by arrival: if a seat has several inputs in one tick, the last one counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log(Vec<Input>);

/// Why bytes are not a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The bytes end in the middle of an input.
    #[error("the log is truncated")]
    Cut,
    /// A value that no input can have.
    #[error("the log contains an impossible input")]
    Impossible,
}

impl Log {
    /// A log of these inputs, sorted by tick; within a tick, their order here is that of arrival.
    #[must_use]
    pub fn new(mut inputs: Vec<Input>) -> Self {
        inputs.sort_by_key(|input| input.tick);
        Self(inputs)
    }

    /// Adds an input, after all others of its tick.
    pub fn insert(&mut self, input: Input) {
        let place = self.first_at(input.tick.saturating_add(1));
        self.0.insert(place, input);
    }

    /// All inputs.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.0
    }

    /// The inputs at `tick` and later.
    #[must_use]
    pub fn since(&self, tick: Tick) -> &[Input] {
        self.0.get(self.first_at(tick)..).unwrap_or_default()
    }

    /// The inputs at `from` and later, but before `to`.
    #[must_use]
    pub fn between(&self, from: Tick, to: Tick) -> &[Input] {
        self.0.get(self.first_at(from)..self.first_at(to)).unwrap_or_default()
    }

    /// Index of the first input at `tick` or later. It is nearly always near the end, so the search starts there.
    pub(super) fn first_at(&self, tick: Tick) -> usize {
        let mut place = self.0.len();
        for input in self.0.iter().rev().take(16) {
            if input.tick < tick {
                return place;
            }
            place -= 1;
        }
        self.0.get(..place).unwrap_or_default().partition_point(|input| input.tick < tick)
    }

    /// The inputs as bytes, about two each: a variable-length number (seven bits a byte, low bits first, high bit set on all but
    /// the last byte) of the ticks since the previous input times 16, plus the seat times 4, plus the direction (0 stop, 1 down,
    /// 2 up). The inputs must be in order.
    #[must_use]
    pub fn encode(inputs: &[Input]) -> Vec<u8> {
        Self::encode_after(0, inputs)
    }

    /// The bytes to append to a log whose last input is at tick `last`.
    #[must_use]
    pub fn encode_after(last: Tick, inputs: &[Input]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(inputs.len() * 2);
        let mut before = last;
        for input in inputs {
            let direction = match input.direction {
                Direction::Stop => 0,
                Direction::Down => 1,
                Direction::Up => 2,
            };
            let ticks = u64::from(input.tick.saturating_sub(before));
            let mut number = ticks << 4 | u64::from(input.seat.number()) << 2 | direction;
            while number > 0x7f {
                bytes.push((number & 0x7f) as u8 | 0x80);
                number >>= 7;
            }
            bytes.push((number & 0x7f) as u8);
            before = input.tick;
        }
        bytes
    }

    /// The log of these bytes.
    ///
    /// # Errors
    /// When they are not the output of [`Log::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LogError> {
        let mut inputs = Vec::with_capacity(bytes.len() / 2);
        let (mut number, mut shift, mut tick) = (0_u64, 0, 0);
        for &byte in bytes {
            if shift > 35 {
                return Err(LogError::Impossible);
            }
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 != 0 {
                continue;
            }
            let direction = match number & 3 {
                0 => Direction::Stop,
                1 => Direction::Down,
                2 => Direction::Up,
                _ => return Err(LogError::Impossible),
            };
            let seat = Seat::new((number >> 2 & 3) as u8).ok_or(LogError::Impossible)?;
            let ticks = Tick::try_from(number >> 4).map_err(|_| LogError::Impossible)?;
            tick = Tick::checked_add(tick, ticks).ok_or(LogError::Impossible)?;
            inputs.push(Input { tick, seat, direction });
            (number, shift) = (0, 0);
        }
        if shift > 0 { Err(LogError::Cut) } else { Ok(Self(inputs)) }
    }
}
