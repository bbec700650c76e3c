//! Matches to be played, and results as they are stored.

use std::{fmt::Display, net::SocketAddr};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde_json::json;
use transcendence::{
    clock::{self, Moment},
    db::schema::{match_chunks, matches, players, seats},
    id::Id,
    live::{
        self,
        model::{Mode, NewMatch, NewSeat},
    },
    pong::Rules,
};

use super::{Site, people::Player, sockets::Socket, until};

/// The page on which a match is played.
pub fn play_path(id: impl Display) -> String {
    format!("/matches/{id}/play")
}

/// The seats of a match between two players.
pub fn both(left: &Player, right: &Player) -> Vec<NewSeat> {
    vec![NewSeat::Player(left.id), NewSeat::Player(right.id)]
}

impl Site {
    /// Makes a match to three points.
    pub async fn make(&self, mode: Mode, seats: Vec<NewSeat>) -> Id {
        let new = NewMatch { mode, rules: Rules::classic(3).unwrap(), seats };
        self.state.db.write(move |connection| live::create(connection, &new)).await.unwrap()
    }

    pub async fn status_of(&self, id: Id) -> String {
        let read = move |connection: &mut _| matches::table.find(id).select(matches::status).first(connection);
        self.run(read).await
    }

    pub async fn wait_for_result(&self, id: Id) {
        until("the result is stored", async || (self.status_of(id).await == "finished").then_some(())).await;
    }

    /// How many matches a player has won and lost.
    pub async fn won_and_lost(&self, player: &Player) -> (i64, i64) {
        let counts = players::table.find(player.id).select((players::won, players::lost));
        self.run(move |connection| counts.first(connection)).await
    }

    /// How many parts of a running match are stored.
    pub async fn chunks(&self, id: Id) -> i64 {
        let count = match_chunks::table.filter(match_chunks::match_id.eq(id)).count();
        self.run(move |connection| count.get_result(connection)).await
    }
}

/// A match with a socket on each seat.
pub struct Playing {
    pub id: Id,
    pub ada: Player,
    pub bob: Player,
    /// Ada's.
    pub left: Socket,
    /// Bob's.
    pub right: Socket,
}

impl Playing {
    /// A match of two players at these addresses of a site, which has just begun.
    pub async fn start(site: &Site, mode: Mode, [left, right]: [SocketAddr; 2]) -> Self {
        let tag = Id::new();
        let (ada, bob) = (site.player(&format!("Ada{tag}")).await, site.player(&format!("Bob{tag}")).await);
        let id = site.make(mode, both(&ada, &bob)).await;
        let mut left = ada.join(left, id).await;
        assert_eq!(left.hear("join").await["you"], json!([0]));
        let mut right = bob.join(right, id).await;
        assert_eq!(right.hear("join").await["you"], json!([1]));
        assert_eq!(left.hear("go").await, right.hear("go").await);
        Self { id, ada, bob, left, right }
    }
}

/// A finished match to be stored.
#[derive(Clone)]
pub struct Finished {
    pub mode: &'static str,
    pub reason: &'static str,
    pub winner: Option<i32>,
    pub finished_at: Moment,
    pub ticks: i64,
    /// Player, name at one keyboard, score, result.
    pub sides: [(Option<Id>, Option<&'static str>, i32, &'static str); 2],
    pub points: &'static str,
    pub rematch: Option<i64>,
    /// Absence of each side in ms.
    pub absences: [i32; 2],
}

impl Finished {
    /// `left` won 11 to 7.
    pub fn won_by(left: Id, right: Id) -> Self {
        Self {
            mode: "queue",
            reason: "score",
            winner: Some(0),
            finished_at: clock::now(),
            ticks: 60 * 312,
            sides: [(Some(left), None, 11, "won"), (Some(right), None, 7, "lost")],
            points: "[[600,0],[1200,1],[18720,0]]",
            rematch: None,
            absences: [0, 4_000],
        }
    }

    pub async fn store(self, site: &Site) -> Id {
        site.state
            .db
            .write(move |connection| {
                let id = Id::new();
                diesel::insert_into(matches::table)
                    .values((
                        (matches::id.eq(id), matches::mode.eq(self.mode), matches::status.eq("finished")),
                        (matches::rules.eq(serde_json::to_string(&Rules::default()).unwrap()), matches::seed.eq(1_i64)),
                        (matches::created_at.eq(self.finished_at), matches::finished_at.eq(Some(self.finished_at))),
                        (matches::winner_seat.eq(self.winner), matches::end_reason.eq(Some(self.reason))),
                        (matches::ticks.eq(Some(self.ticks)), matches::longest_rally.eq(Some(34))),
                        (matches::points.eq(Some(self.points)), matches::rematch_id.eq(self.rematch)),
                    ))
                    .execute(connection)?;
                let sides = self.sides.into_iter().zip(self.absences).zip(0..);
                for (((player, alias, score, result), absence), seat) in sides {
                    diesel::insert_into(seats::table)
                        .values((
                            (seats::match_id.eq(id), seats::seat.eq(seat), seats::player_id.eq(player)),
                            (seats::alias.eq(alias), seats::score.eq(score), seats::result.eq(Some(result))),
                            (seats::finished_at.eq(Some(self.finished_at)), seats::round_trip.eq(Some(42 + seat))),
                            (seats::jitter.eq(Some(3)), seats::pauses.eq(seat), seats::absent_ms.eq(absence)),
                        ))
                        .execute(connection)?;
                    let Some(player) = player else { continue };
                    let row = players::table.find(player);
                    match result {
                        "won" => diesel::update(row).set(players::won.eq(players::won + 1)).execute(connection)?,
                        "lost" => diesel::update(row).set(players::lost.eq(players::lost + 1)).execute(connection)?,
                        _ => 0,
                    };
                }
                Ok(id)
            })
            .await
            .unwrap()
    }
}
