//! Signing up, logging in and out, sessions and guests.

mod guests;
mod limits;
mod logging_in;
mod session;
mod signing_up;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use time::OffsetDateTime;
use transcendence::{
    clock::Moment,
    db::schema::{players, sessions},
    players::model::{Player, PlayerKind},
};

use crate::support::Site;

impl Site {
    /// Everybody but the bots.
    async fn players(&self) -> Vec<Player> {
        let people = players::table.filter(players::kind.ne(PlayerKind::Bot)).order(players::id);
        self.run(move |connection| people.select(Player::as_select()).load(connection)).await
    }

    async fn session_rows(&self) -> Vec<(String, String, Moment)> {
        self.run(|connection| sessions::table.load(connection)).await
    }

    /// Makes every session look as if its visitor's last request was this long ago.
    async fn let_sessions_rest(&self, seconds: i64) {
        for (id, data, expires_at) in self.session_rows().await {
            let mut data: serde_json::Value = serde_json::from_str(&data).unwrap();
            data["terms"]["seen"] = (OffsetDateTime::now_utc().unix_timestamp() - seconds).into();
            let change = (
                sessions::data.eq(data.to_string()),
                sessions::expires_at.eq(expires_at - time::Duration::seconds(seconds)),
            );
            self.run(move |connection| diesel::update(sessions::table.find(id)).set(change).execute(connection)).await;
        }
    }
}
