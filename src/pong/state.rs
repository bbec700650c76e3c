//! Everything about a match at one tick: a few integers, copied freely.

use super::input::{Direction, Seat, Tick};
use super::rules::Rules;

/// The state of a match at one tick. Positions are in sub-units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Steps since the beginning.
    pub tick: Tick,
    /// The generator of the serves (xorshift32, never zero).
    pub rng: u32,
    /// Centre of the ball, in x.
    pub ball_x: i32,
    /// Centre of the ball, in y.
    pub ball_y: i32,
    /// Movement of the ball in a tick, in x.
    pub ball_vx: i32,
    /// Movement of the ball in a tick, in y.
    pub ball_vy: i32,
    /// Half the length of every paddle; it shrinks in a long rally.
    pub paddle_half: i32,
    /// Centre of each seat's paddle.
    pub paddle_y: [i32; Seat::MOST],
    /// The direction that each seat holds.
    pub held: [Direction; Seat::MOST],
    /// Points of each seat.
    pub score: [u8; Seat::MOST],
    /// Returns in this rally.
    pub rally: u16,
    /// Ticks until the serve; zero while the ball is in play.
    pub pause: u16,
    /// The seat that the next serve goes to: at first chosen by the seed, then the seat that lost the last point.
    pub receiver: Seat,
    /// 0 while the match goes on, then 1 + the seat that won.
    pub(super) over: u8,
}

impl State {
    /// The beginning of a match: paddles in the middle, ball waiting in the centre. Any seed will do, even 0.
    #[must_use]
    pub fn new(rules: &Rules, seed: u32) -> Self {
        let court = &rules.court;
        let rng = scatter(seed);
        Self {
            tick: 0,
            rng,
            ball_x: court.width / 2,
            ball_y: court.height / 2,
            ball_vx: 0,
            ball_vy: 0,
            paddle_half: court.paddle,
            paddle_y: [court.height / 2, court.height / 2, 0, 0],
            held: [Direction::Stop; Seat::MOST],
            score: [0; Seat::MOST],
            rally: 0,
            pause: rules.serve_pause,
            receiver: if rng & 1 == 0 { Seat::LEFT } else { Seat::RIGHT },
            over: 0,
        }
    }

    /// The next number of the generator.
    pub(super) fn random(&mut self) -> u32 {
        self.rng = xorshift(self.rng);
        self.rng
    }

    /// The seat that has won; `None` while the match goes on.
    #[must_use]
    pub fn winner(&self) -> Option<Seat> {
        self.over.checked_sub(1).and_then(Seat::new)
    }

    pub(super) fn set_winner(&mut self, seat: Seat) {
        self.over = seat.number() + 1;
    }

    /// A hash of the whole state, the same in JavaScript: FNV-1a over [`State::to_ints`] as 32-bit words, then mixed.
    #[must_use]
    pub fn hash(&self) -> u32 {
        let mut hash = 0x811c_9dc5_u32;
        for word in self.words() {
            hash = (hash ^ word).wrapping_mul(0x0100_0193);
        }
        hash ^= hash >> 16;
        hash = hash.wrapping_mul(0x85eb_ca6b);
        hash ^= hash >> 13;
        hash = hash.wrapping_mul(0xc2b2_ae35);
        hash ^ hash >> 16
    }

    /// The state as 23 integers, in the order of the fields of the JavaScript twin.
    #[must_use]
    pub fn to_ints(&self) -> Vec<i64> {
        let mut ints: Vec<i64> = self.words().map(|word| i64::from(word.cast_signed())).collect();
        for (int, word) in ints.iter_mut().zip([self.tick, self.rng]) {
            *int = i64::from(word);
        }
        ints
    }

    /// The state that these integers stand for, unless no match can have such a state.
    #[must_use]
    pub fn from_ints(ints: &[i64]) -> Option<Self> {
        let &[tick, rng, x, y, vx, vy, half, rally, pause, receiver, over, ref seats @ ..] = ints else {
            return None;
        };
        let (&[paddles, held, score], &[]) = seats.as_chunks::<{ Seat::MOST }>() else {
            return None;
        };
        let place = |int: i64| i32::try_from(int).ok().filter(|int| int.abs() <= FAR);
        let direction = |int: i64| i8::try_from(int).ok().and_then(|int| Direction::try_from(int).ok());
        let points = |int: i64| u8::try_from(int).ok().filter(|&points| points < 100);
        Some(Self {
            tick: u32::try_from(tick).ok().filter(|&tick| tick < 1 << 31)?,
            rng: u32::try_from(rng).ok().filter(|&rng| rng != 0)?,
            ball_x: place(x)?,
            ball_y: place(y)?,
            ball_vx: place(vx)?,
            ball_vy: place(vy)?,
            paddle_half: place(half).filter(|&half| half >= 0)?,
            paddle_y: of_each_seat(paddles, place)?,
            held: of_each_seat(held, direction)?,
            score: of_each_seat(score, points)?,
            rally: u16::try_from(rally).ok().filter(|&rally| rally < 1 << 15)?,
            pause: u16::try_from(pause).ok()?,
            receiver: u8::try_from(receiver).ok().filter(|&seat| seat < 2).and_then(Seat::new)?,
            over: u8::try_from(over).ok().filter(|&over| over <= 4)?,
        })
    }

    /// The state as 32-bit words, in the order of the fields of the JavaScript twin.
    fn words(&self) -> impl Iterator<Item = u32> {
        let alone = [
            self.tick,
            self.rng,
            self.ball_x.cast_unsigned(),
            self.ball_y.cast_unsigned(),
            self.ball_vx.cast_unsigned(),
            self.ball_vy.cast_unsigned(),
            self.paddle_half.cast_unsigned(),
            u32::from(self.rally),
            u32::from(self.pause),
            u32::from(self.receiver.number()),
            u32::from(self.over),
        ];
        let paddles = self.paddle_y.map(i32::cast_unsigned);
        let held = self.held.map(|held| i32::from(held as i8).cast_unsigned());
        let score = self.score.map(u32::from);
        alone.into_iter().chain(paddles).chain(held).chain(score)
    }
}

/// What a function reads from each seat's integer, if it can read all of them.
fn of_each_seat<T>(ints: [i64; Seat::MOST], read: impl Fn(i64) -> Option<T>) -> Option<[T; Seat::MOST]> {
    let [a, b, c, d] = ints;
    Some([read(a)?, read(b)?, read(c)?, read(d)?])
}

/// No position or movement in a match is larger than this: a field and the fastest ball, 2^21 sub-units.
const FAR: i32 = 1 << 21;

/// The next number of the xorshift32 generator (Marsaglia, 2003); zero only if `x` is.
pub(super) const fn xorshift(mut x: u32) -> u32 {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    x
}

/// Spreads a seed over all bits, so that seeds 1, 2 and 3 give very different matches; never zero.
pub(super) fn scatter(seed: u32) -> u32 {
    let mut x = seed.wrapping_add(0x9e37_79b9);
    x = (x ^ x >> 16).wrapping_mul(0x85eb_ca6b);
    x = (x ^ x >> 13).wrapping_mul(0xc2b2_ae35);
    x ^= x >> 16;
    if x == 0 { 0x9e37_79b9 } else { x }
}
