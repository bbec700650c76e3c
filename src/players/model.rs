//! Players as records.

use diesel::{Queryable, Selectable, deserialize::FromSqlRow, expression::AsExpression, sql_types::Text};

use crate::{clock::Moment, db::schema::players, id::Id, text_enum};

/// The kind of a player.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum PlayerKind {
    /// Has a name and a password.
    Account,
    /// Plays without an account, for as long as the session lasts.
    Guest,
    /// Is played by the server.
    Bot,
}

text_enum!(PlayerKind { Account => "account", Guest => "guest", Bot => "bot" });

/// A player.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = players)]
pub struct Player {
    /// Key.
    pub id: Id,
    /// Account, guest or bot.
    pub kind: PlayerKind,
    /// Name in its owner's spelling; unique ignoring case.
    pub name: String,
    /// When the player was made.
    pub joined_at: Moment,
    /// Finished matches won.
    pub won: i64,
    /// Finished matches lost.
    pub lost: i64,
}
