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

/// Status of a match.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Status {
    /// In progress.
    Live,
    /// Has a result.
    Finished,
}

text_enum!(Status { Live => "live", Finished => "finished" });

/// The result of a match for one side.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum SideResult {
    /// Counted as won.
    Won,
    /// Counted as lost.
    Lost,
    /// Not counted: nobody won, or both sides played at one keyboard.
    None,
}

text_enum!(SideResult { Won => "won", Lost => "lost", None => "none" });

/// Who had a seat.
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
    /// The second person at a shared keyboard, under a name for that match only.
    Alias(String),
    /// A player who has been deleted.
    Erased,
}

impl Sitter {
    /// Built from a seat's row: the player, or else the name for that match.
    #[must_use]
    pub fn new(player: Option<(Id, PlayerKind, String)>, alias: Option<String>) -> Self {
        match (player, alias) {
            (Some((id, kind, name)), _) => Self::Player { id, kind, name },
            (None, Some(alias)) => Self::Alias(alias),
            (None, None) => Self::Erased,
        }
    }

    /// The path of the player's page, if there is one.
    #[must_use]
    pub fn href(&self) -> Option<String> {
        match self {
            Self::Player { name, .. } => Some(paths::player(name)),
            Self::Alias(_) | Self::Erased => None,
        }
    }

    /// The kind of player, if it is one.
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
    /// How it was made.
    pub mode: Mode,
    /// When it ended.
    pub finished_at: Moment,
    /// Its result for the player.
    pub result: SideResult,
    /// The player's points.
    pub own: i32,
    /// The other side's points.
    pub other: i32,
    /// The other side.
    pub opponent: Sitter,
    /// Duration of play in ticks.
    pub ticks: i64,
}

impl Played {
    /// The place in the list just below this match.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { finished_at: self.finished_at, id: self.id }
    }

    /// Duration of play in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        seconds(self.ticks)
    }
}

/// A player's page: the player, and a stretch of the history.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Whose page it is.
    pub player: Player,
    /// Matches, newest first.
    pub matches: Vec<Played>,
    /// Where the next, older stretch begins, if there is one.
    pub older: Option<Cursor>,
}

impl Profile {
    /// Percentage of counted matches that were won, as a whole number; `None` before the first.
    #[must_use]
    pub fn win_rate(&self) -> Option<i64> {
        let counted = self.player.won + self.player.lost;
        (counted > 0).then(|| (self.player.won * 200 + counted) / (counted * 2))
    }
}

/// One side of a match.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    /// Who played it.
    pub sitter: Sitter,
    /// Points.
    pub score: i32,
    /// Whether this side won.
    pub winner: bool,
    /// What was measured of its connection.
    pub fairness: Fairness,
}

/// How good a player's connection was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fairness {
    /// Median round trip in ms; `None` for a player without a connection (a bot).
    pub round_trip: Option<i32>,
    /// Spread of the round trip times in ms.
    pub jitter: Option<i32>,
    /// Inputs that arrived so late that the server moved them.
    pub late_inputs: i32,
    /// Interruptions because this side was away.
    pub pauses: i32,
    /// Total absence in ms.
    pub absent_ms: i32,
}

/// A match with its result.
#[derive(Clone, Debug)]
pub struct Record {
    /// Key.
    pub id: Id,
    /// How it was made.
    pub mode: Mode,
    /// When it ended.
    pub finished_at: Moment,
    /// How it ended.
    pub end_reason: EndReason,
    /// The rules; `None` when this version cannot read them.
    pub rules: Option<Rules>,
    /// Duration of play in ticks.
    pub ticks: i64,
    /// Most returns within one point.
    pub longest_rally: i32,
    /// Ticks at which points were scored, and the seat that scored each.
    pub points: Vec<(i64, usize)>,
    /// The rematch that the players went on to.
    pub rematch: Option<Id>,
    /// The sides, starting from the left.
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

    /// The sides that did not come to a match that therefore never began.
    pub fn missing(&self) -> impl Iterator<Item = &Side> {
        self.sides.iter().filter(|side| self.end_reason == EndReason::NoShow && side.fairness.absent_ms > 0)
    }

    /// Duration of play in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        seconds(self.ticks)
    }
}

/// A finished match in a list that is not one player's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LatestResult {
    /// Key.
    pub id: Id,
    /// When it ended.
    pub finished_at: Moment,
    /// Duration of play in ticks.
    pub ticks: i64,
    /// The sides, starting from the left.
    pub sides: Vec<Side>,
}

impl LatestResult {
    /// Duration of play in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        seconds(self.ticks)
    }
}

fn seconds(ticks: i64) -> i64 {
    ticks / i64::from(TICKS_PER_SECOND)
}
