//! Matches in progress, as others see them and as the database holds them.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types::Text};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Moment,
    id::Id,
    pong::{Rules, Strength},
    text_enum,
};

/// How a match came about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Mode {
    /// Against anyone who was waiting too.
    Queue,
    /// Against a friend, by link.
    Link,
    /// Against a bot.
    Bot,
    /// Two people at one keyboard.
    Local,
}

text_enum!(Mode { Queue => "queue", Link => "link", Bot => "bot", Local => "local" });

impl Mode {
    /// Whether others may watch.
    #[must_use]
    pub const fn is_watchable(self) -> bool {
        !matches!(self, Self::Local)
    }

    /// Whether the home page shows it while it is in progress.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Queue | Self::Bot)
    }

    /// Whether it counts towards the players' won and lost matches: at one keyboard, one account plays itself.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Local)
    }
}

/// How a match ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// One side has the points.
    Score,
    /// A side was absent for longer than its budget.
    Forfeit,
    /// A side gave up.
    Left,
    /// Play had begun, but nobody was there any more, or the player who held both seats left.
    Abandoned,
    /// It never began: not everybody came.
    NoShow,
    /// It never began: a player who had come left.
    Aborted,
}

text_enum!(EndReason {
    Score => "score", Forfeit => "forfeit", Left => "left", Abandoned => "abandoned", NoShow => "no_show", Aborted => "aborted"
});

impl EndReason {
    /// Whether play ever began.
    #[must_use]
    pub const fn was_played(self) -> bool {
        !matches!(self, Self::NoShow | Self::Aborted)
    }
}

/// Who is to sit on a seat of a new match.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NewSeat {
    /// A player: an account or a guest.
    Player(Id),
    /// A second person at the keyboard of the other seat, with the name to show.
    Alias(String),
    /// A bot.
    Bot(Strength),
}

/// A match to be made.
#[derive(Clone, PartialEq, Debug)]
pub struct NewMatch {
    /// How it came about.
    pub mode: Mode,
    /// What is played.
    pub rules: Rules,
    /// The seats from left to right.
    pub seats: Vec<NewSeat>,
}

/// A match in progress, for lists.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// Key.
    pub id: Id,
    /// The names from left to right.
    pub names: Vec<String>,
    /// The score of each seat.
    pub score: Vec<u8>,
    /// When it was made.
    pub since: Moment,
    /// How many people are watching.
    pub watchers: usize,
}

/// The outcome of asking for a rematch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rematch {
    /// The other side has been asked.
    Asked,
    /// Both want it: this is the match.
    Agreed(Id),
    /// The match is not over, it has been over for too long (see [`super::KEPT`]), the other side has been gone for a while, or
    /// this player had no seat.
    Impossible,
}

/// The key of a bot's player row, made by the migrations.
#[must_use]
pub const fn bot_player(strength: Strength) -> Id {
    Id(match strength {
        Strength::Weak => 1,
        Strength::Medium => 2,
        Strength::Strong => 3,
    })
}

/// The word for a strength in the database.
#[must_use]
pub const fn strength_word(strength: Strength) -> &'static str {
    match strength {
        Strength::Weak => "weak",
        Strength::Medium => "medium",
        Strength::Strong => "strong",
    }
}

/// The strength that a word in the database stands for.
#[must_use]
pub fn strength_of(word: &str) -> Option<Strength> {
    [Strength::Weak, Strength::Medium, Strength::Strong].into_iter().find(|strength| strength_word(*strength) == word)
}
