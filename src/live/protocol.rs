//! The messages of `pong.v1` (docs/protocol.md), one enum per direction.
//!
//! No I/O here: text in, text out. Reading is strict and allocates nothing; the two messages that are sent many times a
//! second (`in`, `pong`) are written by hand, the others by serde.

use std::{borrow::Cow, fmt::Write as _};

use serde::{Deserialize, Serialize};

use super::model::EndReason;
use crate::pong::{Direction, Rules, Seat, Tick};

/// The WebSocket subprotocol that both sides must name.
pub const SUBPROTOCOL: &str = "pong.v1";
/// The longest message that a client may send, in bytes.
pub const MESSAGE_LIMIT: usize = 512;

/// What a client may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromClient {
    /// A paddle moves another way from a tick on.
    Input {
        /// The count of this connection's inputs, from 1.
        n: u32,
        /// The tick at which the client applied it; any number, as the server moves it into its window.
        tick: i64,
        /// The direction from then on.
        direction: Direction,
        /// Which of the connection's seats; `None` is its first.
        seat: Option<Seat>,
    },
    /// A request for the server's time; the number is sent back unchanged.
    Ping(i64),
    /// The page was hidden.
    Away,
    /// The page is shown again.
    Back,
    /// The client's state is wrong: send everything again.
    Resync,
    /// The player gives the match up.
    Leave,
}

/// A message that the protocol does not know: the socket is closed with 4002.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a pong.v1 message")]
pub struct BadMessage;

/// The fields of all client messages; which ones are required depends on `t`.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    t: Cow<'a, str>,
    n: Option<u32>,
    k: Option<i64>,
    d: Option<i8>,
    s: Option<u8>,
    c: Option<i64>,
}

impl FromClient {
    /// Reads one message.
    ///
    /// # Errors
    /// [`BadMessage`] when it is too long, not a JSON object, of an unknown kind, or when a field is missing or of the wrong type.
    pub fn parse(text: &str) -> Result<Self, BadMessage> {
        if text.len() > MESSAGE_LIMIT {
            return Err(BadMessage);
        }
        let raw: Raw = serde_json::from_str(text).map_err(|_| BadMessage)?;
        match raw.t.as_ref() {
            "in" => Ok(Self::Input {
                n: raw.n.ok_or(BadMessage)?,
                tick: raw.k.ok_or(BadMessage)?,
                direction: raw.d.and_then(|d| Direction::try_from(d).ok()).ok_or(BadMessage)?,
                seat: match raw.s {
                    Some(seat) => Some(Seat::new(seat).ok_or(BadMessage)?),
                    None => None,
                },
            }),
            "ping" => raw.c.map(Self::Ping).ok_or(BadMessage),
            "away" => Ok(Self::Away),
            "back" => Ok(Self::Back),
            "resync" => Ok(Self::Resync),
            "leave" => Ok(Self::Leave),
            _ => Err(BadMessage),
        }
    }
}

/// Who sits on a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeatKind {
    /// A player with an account.
    Account,
    /// A player of this session only.
    Guest,
    /// The server's own player.
    Bot,
    /// A second person at the keyboard of the other seat.
    Alias,
}

/// The phase of the match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhaseName {
    /// Waiting for the players to come.
    Waiting,
    /// Play, and the countdown before it.
    Live,
    /// Stopped, because somebody is absent.
    Held,
    /// Over.
    Finished,
}

/// Binds ticks to server time: tick `k` is at `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// A tick.
    pub k: Tick,
    /// Its server time in ms.
    pub at: u64,
}

/// A seat as `join` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatView<'a> {
    /// The name to show.
    pub name: Cow<'a, str>,
    /// Who sits there.
    pub kind: SeatKind,
    /// Whether somebody is there now.
    pub on: bool,
    /// Absence left before a forfeit, in ms.
    pub left: u32,
}

/// Everything a client needs to play or watch from now on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Join<'a> {
    /// The receiver's own seats; empty for a spectator.
    pub you: Vec<Seat>,
    /// The rules of the match.
    pub rules: &'a Rules,
    /// The seed of the match.
    pub seed: u32,
    /// Every seat, in order.
    pub seats: Vec<SeatView<'a>>,
    /// Where the match stands.
    pub phase: PhaseName,
    /// As in `go`; `None` while waiting for the players.
    pub clock: Option<Anchor>,
    /// The tick at which play stops.
    pub hold: Option<Tick>,
    /// The highest `n` of the receiver's inputs that the server has.
    pub n: u32,
    /// Server time in ms.
    pub now: u64,
    /// The confirmed state.
    pub state: Vec<i64>,
    /// Every decided input from the confirmed tick on.
    pub inputs: Vec<(Tick, Seat, Direction)>,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum FromServer<'a> {
    /// The first message, and the answer to `resync`.
    Join(Join<'a>),
    /// A decided input.
    In {
        /// Whose.
        s: Seat,
        /// The tick.
        k: Tick,
        /// The direction.
        d: Direction,
        /// The count of the receiver's own input that was moved to tick `k`.
        #[serde(skip_serializing_if = "Option::is_none")]
        n: Option<u32>,
    },
    /// The answer to `ping`.
    Pong {
        /// The number in the request.
        c: i64,
        /// Server time in ms.
        s: u64,
        /// The last `n` of the receiver's inputs that arrived.
        n: u32,
        /// Round trips of the seats, in ms.
        q: &'a [Option<u16>],
    },
    /// Play runs.
    Go(Anchor),
    /// Play stops at tick `k` because seat `s` is absent.
    Hold {
        /// The tick.
        k: Tick,
        /// The absent seat.
        s: Seat,
    },
    /// A player came to their seat or left it.
    Seat {
        /// Which seat.
        s: Seat,
        /// Whether its player is there.
        on: bool,
        /// Absence left, in ms.
        left: u32,
    },
    /// A point is confirmed.
    Point {
        /// The first tick after it.
        k: Tick,
        /// The score then.
        score: &'a [u8],
        /// The hash of the state then.
        h: u32,
    },
    /// The match is over and stored.
    End {
        /// The last tick.
        k: Tick,
        /// Who won; `None` when nobody did.
        winner: Option<Seat>,
        /// How it ended.
        why: EndReason,
        /// The final score.
        score: &'a [u8],
        /// The seats that did not come, if that is how it ended.
        #[serde(skip_serializing_if = "<[Seat]>::is_empty")]
        missing: &'a [Seat],
    },
    /// A seat asks for a rematch.
    Rematch {
        /// Which seat.
        s: Seat,
    },
    /// The page to go to.
    Goto {
        /// A path of this site.
        url: &'a str,
    },
}

impl FromServer<'_> {
    /// The message as it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::In { s, k, d, n } => encode_input(*s, *k, *d, *n),
            Self::Pong { c, s, n, q } => encode_pong(*c, *s, *n, q),
            // Plain data with text keys: serde_json cannot fail on it.
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }
}

fn encode_input(seat: Seat, tick: Tick, direction: Direction, n: Option<u32>) -> String {
    let mut text = String::with_capacity(56);
    // Writing to a String cannot fail.
    let _ = write!(text, r#"{{"t":"in","s":{},"k":{tick},"d":{}"#, seat.index(), direction as i8);
    if let Some(n) = n {
        let _ = write!(text, r#","n":{n}"#);
    }
    text.push('}');
    text
}

fn encode_pong(c: i64, now: u64, n: u32, round_trips: &[Option<u16>]) -> String {
    let mut text = String::with_capacity(72);
    let _ = write!(text, r#"{{"t":"pong","c":{c},"s":{now},"n":{n},"q":["#);
    for (place, round_trip) in round_trips.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        let _ = match round_trip {
            Some(ms) => write!(text, "{ms}"),
            None => write!(text, "null"),
        };
    }
    text.push_str("]}");
    text
}

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The server is stopping or handing the match over, or too many people are watching; come back.
    Restart,
    /// The seat is played in another tab.
    Taken,
    /// The client sent something that the protocol does not know.
    BadMessage,
    /// The client sends too much.
    TooMany,
    /// The client does not read.
    TooSlow,
    /// The match is over or unknown.
    Over,
    /// Another replica plays the match now; come back.
    Moved,
}

impl CloseReason {
    /// The code and the reason of the close frame.
    #[must_use]
    pub const fn code(self) -> (u16, &'static str) {
        match self {
            Self::Restart => (1012, "server restarting"),
            Self::Taken => (4001, "taken"),
            Self::BadMessage => (4002, "bad message"),
            Self::TooMany => (4003, "too many messages"),
            Self::TooSlow => (4004, "too slow"),
            Self::Over => (4005, "over"),
            Self::Moved => (1001, "moved"),
        }
    }

    /// The reason that a code stands for.
    #[must_use]
    pub fn of(code: u16) -> Self {
        let all = [Self::Restart, Self::Taken, Self::BadMessage, Self::TooMany, Self::TooSlow, Self::Over];
        all.into_iter().find(|reason| reason.code().0 == code).unwrap_or(Self::Moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_read_with_and_without_a_seat_and_unknown_fields_are_ignored() {
        let plain = FromClient::parse(r#"{"t":"in","n":17,"k":1234,"d":-1,"extra":[1,{}]}"#).unwrap();
        assert_eq!(plain, FromClient::Input { n: 17, tick: 1234, direction: Direction::Up, seat: None });
        let second = FromClient::parse(r#"{"t":"in","n":1,"k":-3,"d":0,"s":1}"#).unwrap();
        assert_eq!(second, FromClient::Input { n: 1, tick: -3, direction: Direction::Stop, seat: Some(Seat::RIGHT) });
        assert_eq!(FromClient::parse(r#"{"c":-5,"t":"ping"}"#), Ok(FromClient::Ping(-5)));
    }

    #[test]
    fn what_the_protocol_does_not_know_is_refused() {
        for text in [
            "",
            "[]",
            "null",
            r#"{"t":"dance"}"#,
            r#"{"t":"in","k":1,"d":1}"#,
            r#"{"t":"in","n":1,"k":1,"d":2}"#,
            r#"{"t":"in","n":1,"k":1.5,"d":1}"#,
            r#"{"t":"in","n":1,"k":1,"d":1,"s":9}"#,
            r#"{"t":"ping"}"#,
            r#"{"t":"leave"} "x""#,
        ] {
            assert_eq!(FromClient::parse(text), Err(BadMessage), "{text}");
        }
        let long = format!(r#"{{"t":"leave","x":"{}"}}"#, "x".repeat(MESSAGE_LIMIT));
        assert_eq!(FromClient::parse(&long), Err(BadMessage));
    }

    #[test]
    fn messages_written_by_hand_are_what_serde_would_write() {
        let round_trips = [Some(23), None];
        for message in [
            FromServer::In { s: Seat::RIGHT, k: 1234, d: Direction::Up, n: None },
            FromServer::In { s: Seat::LEFT, k: 0, d: Direction::Stop, n: Some(17) },
            FromServer::Pong { c: -51234, s: 90210, n: 17, q: &round_trips },
        ] {
            let by_hand: serde_json::Value = serde_json::from_str(&message.encode()).unwrap();
            assert_eq!(by_hand, serde_json::to_value(&message).unwrap());
        }
    }

    #[test]
    fn rare_messages_look_as_documented() {
        assert_eq!(FromServer::Go(Anchor { k: 7, at: 9 }).encode(), r#"{"t":"go","k":7,"at":9}"#);
        assert_eq!(
            FromServer::Seat { s: Seat::RIGHT, on: false, left: 28_000 }.encode(),
            r#"{"t":"seat","s":1,"on":false,"left":28000}"#
        );
        assert_eq!(
            FromServer::End { k: 5, winner: None, why: EndReason::Abandoned, score: &[1, 0], missing: &[] }.encode(),
            r#"{"t":"end","k":5,"winner":null,"why":"abandoned","score":[1,0]}"#
        );
        assert_eq!(
            FromServer::End { k: 0, winner: None, why: EndReason::NoShow, score: &[0, 0], missing: &[Seat::RIGHT] }
                .encode(),
            r#"{"t":"end","k":0,"winner":null,"why":"no_show","score":[0,0],"missing":[1]}"#
        );
    }
}
