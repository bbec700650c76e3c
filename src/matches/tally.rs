//! What players have won and lost: the first consequence of a result.

use diesel::QueryResult;

use crate::{
    db::DbConnection,
    live::aftermath::{Aftermath, Finished},
    players::queries::count_result,
};

/// Counts a match for the players for whom it counts.
pub struct Tally;

impl Aftermath for Tally {
    fn apply(&self, connection: &mut DbConnection, finished: &Finished) -> QueryResult<()> {
        for seat in &finished.seats {
            if let (Some(player), Some(won)) = (seat.player, seat.won) {
                count_result(connection, player, won)?;
            }
        }
        Ok(())
    }
}
