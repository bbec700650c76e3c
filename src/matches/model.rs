//! Finished matches as people read them.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types::Text};

use super::cursor::Cursor;
use crate::{
    clock::Moment,
    id::Id,
    live::model::{EndReason, Mode},
    paths,
    players::model::{Player, PlayerKind},
    pong::{Rules, TICKS_PER_SECOND},
    text_enum,
};

/// How far a match is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Status {
    /// Being played.
    Live,
    /// Has a result.
    Finished,
}

text_enum!(Status { Live => "live", Finished => "finished" });

/// What a match was to one side.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum SideResult {
    /// Counted as won.
    Won,
    /// Counted as lost.
    Lost,
    /// Not counted: nobody won, or both sat at one keyboard.
    None,
}

text_enum!(SideResult { Won => "won", Lost => "lost", None => "none" });

/// Who sat on a seat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sitter {
    /// A player with a page.
    Player {
        /// Key.
        id: Id,
        /// Account, guest or bot.
        kind: PlayerKind,
        /// Name.
        name: String,
    },
    /// A second person at one keyboard, under a name of the day.
    Alias(String),
    /// A player who is gone.
    Erased,
}

impl Sitter {
    /// From a seat's row: the player, or else the name of the day.
    #[must_use]
    pub fn new(player: Option<(Id, PlayerKind, String)>, alias: Option<String>) -> Self {
        match (player, alias) {
            (Some((id, kind, name)), _) => Self::Player { id, kind, name },
            (None, Some(alias)) => Self::Alias(alias),
            (None, None) => Self::Erased,
        }
    }

    /// The path of the player's page, for who has one.
    #[must_use]
    pub fn href(&self) -> Option<String> {
        match self {
            Self::Player { name, .. } => Some(paths::player(name)),
            Self::Alias(_) | Self::Erased => None,
        }
    }

    /// What kind of player it is, for who is one.
    #[must_use]
    pub fn kind(&self) -> Option<PlayerKind> {
        match self {
            Self::Player { kind, .. } => Some(*kind),
            Self::Alias(_) | Self::Erased => None,
        }
    }
}

/// A match in a player's history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Played {
    /// Key.
    pub id: Id,
    /// How it came about.
    pub mode: Mode,
    /// When it ended.
    pub finished_at: Moment,
    /// What it was to the player.
    pub result: SideResult,
    /// The player's points.
    pub own: i32,
    /// The other side's points.
    pub other: i32,
    /// The other side.
    pub opponent: Sitter,
    /// Length of play in ticks.
    pub ticks: i64,
}

impl Played {
    /// The place in the list just below this match.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { finished_at: self.finished_at, id: self.id }
    }

    /// Length of play in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        seconds(self.ticks)
    }
}

/// A player's page: who, and a stretch of the history.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Whose page.
    pub player: Player,
    /// Matches, the newest first.
    pub matches: Vec<Played>,
    /// Where the next older stretch begins, if there is one.
    pub older: Option<Cursor>,
}

impl Profile {
    /// Whole percent of the counted matches that were won; `None` before the first.
    #[must_use]
    pub fn win_rate(&self) -> Option<i64> {
        let counted = self.player.won + self.player.lost;
        (counted > 0).then(|| (self.player.won * 200 + counted) / (counted * 2))
    }
}

/// One side of a match.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    /// Who.
    pub sitter: Sitter,
    /// Points.
    pub score: i32,
    /// Whether this side won.
    pub winner: bool,
    /// What was measured of the connection.
    pub fairness: Fairness,
}

/// How good a player's connection was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fairness {
    /// Median round trip in ms; `None` for who had no connection (a bot).
    pub round_trip: Option<i32>,
    /// Spread of the round trips in ms.
    pub jitter: Option<i32>,
    /// Inputs that came so late that the server moved them.
    pub late_inputs: i32,
    /// Interruptions because this side was away.
    pub pauses: i32,
    /// Absence in all, in ms.
    pub absent_ms: i32,
}

/// A match with its result.
#[derive(Clone, Debug)]
pub struct Record {
    /// Key.
    pub id: Id,
    /// How it came about.
    pub mode: Mode,
    /// When it ended.
    pub finished_at: Moment,
    /// How it ended.
    pub end_reason: EndReason,
    /// What was played; `None` for rules that this version cannot read.
    pub rules: Option<Rules>,
    /// Length of play in ticks.
    pub ticks: i64,
    /// Most returns within one point.
    pub longest_rally: i32,
    /// Ticks at which points were made, and the seat that made each.
    pub points: Vec<(i64, usize)>,
    /// The match that the players went on to.
    pub rematch: Option<Id>,
    /// The sides from the left on.
    pub sides: Vec<Side>,
}

impl Record {
    /// Who won.
    #[must_use]
    pub fn winner(&self) -> Option<&Side> {
        self.sides.iter().find(|side| side.winner)
    }

    /// Whether play ever began.
    #[must_use]
    pub const fn was_played(&self) -> bool {
        self.end_reason.was_played()
    }

    /// Who did not come to a match that therefore never began.
    pub fn missing(&self) -> impl Iterator<Item = &Side> {
        self.sides.iter().filter(|side| self.end_reason == EndReason::NoShow && side.fairness.absent_ms > 0)
    }

    /// Length of play in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        seconds(self.ticks)
    }
}

/// A finished match in a list that belongs to nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LatestResult {
    /// Key.
    pub id: Id,
    /// When it ended.
    pub finished_at: Moment,
    /// Length of play in ticks.
    pub ticks: i64,
    /// The sides from the left on.
    pub sides: Vec<Side>,
}

impl LatestResult {
    /// Length of play in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        seconds(self.ticks)
    }
}

fn seconds(ticks: i64) -> i64 {
    ticks / i64::from(TICKS_PER_SECOND)
}
