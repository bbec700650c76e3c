//! Writes matches with the hash of the state at their ticks, one JSON object per line, for the JavaScript side to replay:
//!
//! - `vectors stream [matches] [ticks]`: at least this many of both (2,000 and 10 million), with a hash for every tick;
//! - `vectors sample`: the small set that is kept in `tests/vectors/matches.jsonl`;
//! - `vectors state <match> <tick>`: the integers of one state of the stream, to name the field that differs.
//!
//! The matches are the same every time: rules of many kinds, and players who stand still, follow, make mistakes or send garbage.

use std::io::{self, BufWriter, Write};

use data_encoding::HEXLOWER;
use serde_json::json;
use transcendence::pong::{Bot, Direction, Input, Log, Rules, RulesSpec, Seat, State, Strength, steer, step};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| {
        arguments.get(place).map_or(Ok(default), |text| text.parse().map_err(io::Error::other))
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match arguments.first().map(String::as_str) {
        Some("stream") => {
            let (matches, ticks) = (number(1, 2_000)?, number(2, 10_000_000)?);
            let (mut played, mut stepped) = (0, 0);
            while played < matches || stepped < ticks {
                stepped += write_match(&mut out, played, 15_000, 1)?;
                played += 1;
            }
        }
        Some("sample") => {
            for number in 0..36 {
                write_match(&mut out, number, 3_600, 60)?;
            }
        }
        Some("state") => {
            let (number, tick) = (number(1, 0)?, number(2, 0)?);
            let mut state = None;
            play(number, 1 << 24, |now, _| {
                if u64::from(now.tick) == tick {
                    state = Some(now.to_ints());
                }
                state.is_none()
            });
            writeln!(out, "{}", json!(state))?;
        }
        _ => return Err(io::Error::other("say stream, sample or state")),
    }
    out.flush()
}

/// Writes one match and returns its length in ticks.
fn write_match(out: &mut impl Write, number: u64, limit: u32, every: u32) -> io::Result<u64> {
    let mut hashes = String::new();
    let mut states = serde_json::Map::new();
    let mut last = None;
    let (rules, seed, log) = play(number, limit, |state, _| {
        if state.tick.is_multiple_of(every) {
            hashes.push_str(&HEXLOWER.encode(&state.hash().to_be_bytes()));
        }
        if every > 1 && state.tick.is_multiple_of(1_200) {
            states.insert(state.tick.to_string(), json!(state.to_ints()));
        }
        last = Some(*state);
        true
    });
    let ticks = last.map_or(0, |state| state.tick);
    if let Some(state) = last {
        states.insert(ticks.to_string(), json!(state.to_ints()));
    }
    let log = HEXLOWER.encode(&Log::encode(&log));
    let line = json!({
        "match": number, "rules": rules, "seed": seed, "ticks": ticks, "every": every,
        "log": log, "hashes": hashes, "states": states,
    });
    writeln!(out, "{line}")?;
    Ok(u64::from(ticks))
}

/// Plays match `number`; `on` receives every state and returns whether to continue.
fn play(number: u64, limit: u32, mut on: impl FnMut(&State, &[Input]) -> bool) -> (Rules, u32, Vec<Input>) {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let rules = dice.rules();
    let seed = if number == 0 { 0 } else { dice.next() };
    let mut players = [dice.player(Seat::LEFT), dice.player(Seat::RIGHT)];
    let mut state = State::new(&rules, seed);
    let mut log = Vec::new();
    // A few ticks beyond the end of the match: nothing but the paddles may change then.
    let mut after = 20;
    while state.tick < limit && after > 0 {
        let from = log.len();
        for player in &mut players {
            player.press(&rules, &state, &mut dice, &mut log);
        }
        let now = log.get(from..).unwrap_or_default();
        for input in now {
            steer(&mut state, input.seat, input.direction);
        }
        step(&rules, &mut state);
        if !on(&state, now) {
            break;
        }
        if state.winner().is_some() {
            after -= 1;
        }
    }
    (rules, seed, log)
}

enum Player {
    /// Does nothing.
    Idle,
    /// Presses at random.
    Fidget(Seat),
    /// Sends several inputs a tick, for any seat.
    Garbage,
    /// Follows the ball; aims with a certain part of the paddle.
    Chaser {
        seat: Seat,
        aim: i32,
    },
    Bot {
        bot: Bot,
        planned: Vec<Input>,
    },
}

impl Player {
    fn press(&mut self, rules: &Rules, state: &State, dice: &mut Dice, log: &mut Vec<Input>) {
        let tick = state.tick;
        match self {
            Self::Idle => (),
            Self::Fidget(seat) => {
                if dice.below(12) == 0 {
                    log.push(Input { tick, seat: *seat, direction: dice.direction() });
                }
            }
            Self::Garbage => {
                while dice.below(5) == 0 {
                    let seat = u8::try_from(dice.below(4)).ok().and_then(Seat::new).unwrap_or(Seat::LEFT);
                    log.push(Input { tick, seat, direction: dice.direction() });
                }
            }
            Self::Chaser { seat, aim } => {
                let here = state.paddle_y.get(seat.index()).copied().unwrap_or(0);
                let half = state.paddle_half;
                if dice.below(40) == 0 {
                    *aim = i32::try_from(dice.below(201)).unwrap_or(100) - 100;
                }
                let way = state.ball_y + half * *aim / 100 - here;
                let slack = i32::try_from(rules.paddle.speed).unwrap_or(0) / 2;
                let direction = if way < -slack {
                    Direction::Up
                } else if way > slack {
                    Direction::Down
                } else {
                    Direction::Stop
                };
                if state.held.get(seat.index()) != Some(&direction) {
                    log.push(Input { tick, seat: *seat, direction });
                }
            }
            Self::Bot { bot, planned } => {
                if tick.is_multiple_of(Bot::LOOK_EVERY) {
                    planned.extend(bot.look(rules, state));
                }
                log.extend(planned.iter().filter(|input| input.tick == tick));
                planned.retain(|input| input.tick > tick);
            }
        }
    }
}

/// A generator for everything that is random in this program.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    fn below(&mut self, end: u32) -> u32 {
        self.next() % end.max(1)
    }

    fn short(&mut self, from: u16, to: u16) -> u16 {
        from + u16::try_from(self.below(u32::from(to - from) + 1)).unwrap_or(0)
    }

    fn direction(&mut self) -> Direction {
        match self.below(3) {
            0 => Direction::Up,
            1 => Direction::Stop,
            _ => Direction::Down,
        }
    }

    fn player(&mut self, seat: Seat) -> Player {
        let strength = match self.below(3) {
            0 => Strength::Weak,
            1 => Strength::Medium,
            _ => Strength::Strong,
        };
        let bot = Player::Bot { bot: Bot::new(strength, seat, self.next()), planned: Vec::new() };
        match self.below(16) {
            0 => Player::Idle,
            1..=3 => Player::Fidget(seat),
            4..=5 => Player::Garbage,
            6..=11 => Player::Chaser { seat, aim: 0 },
            _ => bot,
        }
    }

    /// Classic rules for some of the matches, otherwise any that are accepted, up to a ball that crosses the field in one tick.
    fn rules(&mut self) -> Rules {
        let points = [3, 5, 7, 11].get(self.below(4) as usize).copied().unwrap_or(11);
        let classic = Rules::classic(points).unwrap_or_default();
        if self.below(3) == 0 {
            return classic;
        }
        loop {
            let mut spec = RulesSpec::from(classic);
            let wild = self.below(3) == 0;
            if self.below(2) == 0 {
                spec.field.width = self.short(200, if wild { 4000 } else { 1600 });
                spec.field.height = self.short(100, if wild { 4000 } else { 1200 });
            }
            let (width, height) = (spec.field.width, spec.field.height);
            spec.paddle.length = self.short(1, (height / if wild { 2 } else { 8 }).max(1)) * 2;
            spec.paddle.thickness = self.short(1, width / 10);
            spec.paddle.inset = self.short(0, width / 10);
            spec.paddle.speed = self.below(u32::from(height) * if wild { 256 } else { 12 });
            spec.ball.size = self.short(1, (height.min(width) / 20).min(if wild { 400 } else { 20 })) * 2;
            spec.ball.top_speed = 256 + self.below(u32::from(width) * if wild { 256 } else { 20 });
            spec.ball.serve_speed = 256 + self.below(spec.ball.top_speed);
            spec.ball.speed_step = self.below(2_000);
            spec.serve_pause = self.short(1, 90);
            spec.long_rally.shrink_after = self.short(0, 40);
            spec.long_rally.shrink_step = self.short(1, 10) * 2;
            spec.long_rally.floor = self.short(0, spec.paddle.length / 2) * 2;
            spec.long_rally.floor_until = self.short(spec.long_rally.shrink_after, 80);
            if let Ok(rules) = Rules::try_from(spec) {
                return rules;
            }
        }
    }
}
