//! The queue for any opponent: rows that all replicas share. Diesel only; [`super::waiting`] tells open pages of changes.
//!
//! Players enter under one lock: pairing and making the match are one transaction, so a pair is never lost and nobody is paired
//! twice or with themselves, whichever replicas both are on. Times are those of the replica that writes: when clocks differ by
//! seconds, a bot is offered that much earlier or later, and places are kept that much longer or shorter.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    QueryResult, RunQueryDsl, sql_types::BigInt,
};
use time::Duration;

use crate::{
    clock::Moment,
    db::{
        DbConnection,
        schema::{matches, queue_entries},
    },
    id::Id,
    live::{
        model::{Mode, NewMatch, NewSeat},
        queries::LIVE,
    },
    pong::Rules,
};

/// How long players keep their place without being seen (no open stream, no reload).
const ABSENCE: Duration = Duration::seconds(20);
/// How long a match is announced to a player who was not looking when it was found.
const ANNOUNCED: Duration = Duration::seconds(60);
/// Waiting time after which a bot is offered.
pub const LONG_WAIT: Duration = Duration::seconds(20);
/// An open page counts as being seen; that is recorded only when the last time is at least this long ago.
const SEEN_LATELY: Duration = Duration::seconds(2);
/// Time after which the row of somebody who is gone is removed.
const FORGOTTEN: Duration = Duration::minutes(10);
/// Rows in one statement.
const BATCH: usize = 500;
/// Key of PostgreSQL's lock, held by whoever changes several rows.
const LOCK: i64 = 0x0070_6f6e_6700_0001;

/// What a player sees of the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// How many players wait, this one included.
    pub waiting: usize,
    /// The points that this player waits for.
    pub points: Option<u8>,
    /// Whether the player has waited long.
    pub long: bool,
    /// The match that was found for the player and is still in progress.
    pub found: Option<Id>,
}

/// A row, and the status of its match.
#[derive(Clone, Debug, diesel::Queryable)]
struct Entry {
    player: Id,
    points: i32,
    since: Moment,
    seen_at: Moment,
    found: Option<Id>,
    status: Option<String>,
}

impl Entry {
    fn is_waiting(&self, now: Moment) -> bool {
        self.found.is_none() && self.seen_at >= now - ABSENCE
    }

    fn found(&self, now: Moment) -> Option<Id> {
        let announced = self.status.as_deref() == Some(LIVE) && self.seen_at >= now - ANNOUNCED;
        self.found.filter(|_| announced)
    }
}

/// The whole queue as it was a moment ago.
#[derive(Debug, Default)]
pub struct Snapshot {
    waiting: HashMap<Id, (u8, Moment)>,
    found: HashMap<Id, Id>,
}

impl Snapshot {
    /// A player's standing.
    #[must_use]
    pub fn standing(&self, player: Option<Id>, now: Moment) -> Standing {
        let own = player.and_then(|player| self.waiting.get(&player));
        Standing {
            waiting: self.waiting.len(),
            points: own.map(|(points, _)| *points),
            long: own.is_some_and(|(_, since)| now - *since >= LONG_WAIT),
            found: player.and_then(|player| self.found.get(&player)).copied(),
        }
    }

    /// Whether a player is waiting or has been found a match.
    #[must_use]
    pub fn knows(&self, player: Id) -> bool {
        self.waiting.contains_key(&player) || self.found.contains_key(&player)
    }

    /// Whether two players wait for the same points.
    #[must_use]
    pub fn has_pair(&self) -> bool {
        let mut points: Vec<u8> = self.waiting.values().map(|(points, _)| *points).collect();
        points.sort_unstable();
        points.windows(2).any(|two| matches!(two, [one, other] if one == other))
    }
}

/// The match of two who met; their seats are drawn by lot.
#[must_use]
pub fn meeting(first: Id, second: Id, rules: Rules) -> NewMatch {
    let mut seats = vec![NewSeat::Player(first), NewSeat::Player(second)];
    if rand::random() {
        seats.reverse();
    }
    NewMatch { mode: Mode::Queue, rules, seats }
}

/// Whoever changes several rows waits here until the transactions of others that do so have ended, including those on other
/// replicas.
fn serialise(connection: &mut DbConnection) -> QueryResult<()> {
    match connection {
        DbConnection::Postgres(postgres) => {
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(postgres).map(drop)
        }
        // A transaction that writes has SQLite to itself from its beginning.
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// The rows of the queue, with the status of the matches that were found.
#[diesel::dsl::auto_type]
fn entries() -> _ {
    queue_entries::table.left_join(matches::table.on(queue_entries::match_id.eq(matches::id.nullable()))).select((
        queue_entries::player_id,
        queue_entries::points,
        queue_entries::since,
        queue_entries::seen_at,
        queue_entries::match_id,
        matches::status.nullable(),
    ))
}

fn entry(connection: &mut DbConnection, player: Id) -> QueryResult<Option<Entry>> {
    entries().filter(queue_entries::player_id.eq(player)).first(connection).optional()
}

/// In the caller's transaction, enters the queue or changes the points. When somebody is waiting for the same points, `make` makes
/// the match with the player who has waited longest, and its key is returned. It is also returned when a match was already found
/// for this player, by a request whose answer never arrived.
///
/// # Errors
/// Database errors, and errors of `make`.
pub fn enter(
    connection: &mut DbConnection,
    player: Id,
    points: u8,
    now: Moment,
    make: impl FnOnce(&mut DbConnection, Id) -> QueryResult<Id>,
) -> QueryResult<Option<Id>> {
    serialise(connection)?;
    let own = entry(connection, player)?;
    if let Some(found) = own.as_ref().and_then(|own| own.found(now)) {
        return Ok(Some(found));
    }
    let since = own.filter(|own| own.is_waiting(now)).map_or(now, |own| own.since);
    let found = match claim_longest_waiting(connection, player, points, now)? {
        Some(first) => {
            let found = make(connection, first)?;
            diesel::update(queue_entries::table.find(first))
                .set(queue_entries::match_id.eq(Some(found)))
                .execute(connection)?;
            Some(found)
        }
        None => None,
    };
    let row = (
        queue_entries::points.eq(i32::from(points)),
        queue_entries::since.eq(since),
        queue_entries::seen_at.eq(now),
        queue_entries::match_id.eq(found),
    );
    if diesel::update(queue_entries::table.find(player)).set(row).execute(connection)? == 0 {
        diesel::insert_into(queue_entries::table)
            .values((queue_entries::player_id.eq(player), row))
            .execute(connection)?;
    }
    Ok(found)
}

fn claim_longest_waiting(
    connection: &mut DbConnection,
    player: Id,
    points: u8,
    now: Moment,
) -> QueryResult<Option<Id>> {
    loop {
        let first: Option<Id> = queue_entries::table
            .filter(queue_entries::points.eq(i32::from(points)).and(queue_entries::player_id.ne(player)))
            .filter(queue_entries::match_id.is_null().and(queue_entries::seen_at.ge(now - ABSENCE)))
            .order((queue_entries::since, queue_entries::player_id))
            .select(queue_entries::player_id)
            .first(connection)
            .optional()?;
        let Some(first) = first else { return Ok(None) };
        let row = queue_entries::table.find(first).filter(queue_entries::match_id.is_null());
        // Nothing is changed when that player, present a moment ago, has just left.
        if diesel::update(row).set(queue_entries::seen_at.eq(now)).execute(connection)? == 1 {
            return Ok(Some(first));
        }
    }
}

/// In the caller's transaction, pairs two players who both wait for the same points: when one of them entered, the other seemed to
/// be gone. False when there is no such pair.
///
/// # Errors
/// Database errors, and errors of `make`.
pub fn pair_left_over(
    connection: &mut DbConnection,
    now: Moment,
    make: impl FnOnce(&mut DbConnection, Id, Id, u8) -> QueryResult<Id>,
) -> QueryResult<bool> {
    serialise(connection)?;
    let waiting: Vec<(Id, i32)> = queue_entries::table
        .filter(queue_entries::match_id.is_null().and(queue_entries::seen_at.ge(now - ABSENCE)))
        .order((queue_entries::points, queue_entries::since, queue_entries::player_id))
        .select((queue_entries::player_id, queue_entries::points))
        .load(connection)?;
    let pair = waiting.windows(2).find_map(|two| match *two {
        [(first, points), (second, same)] if points == same => Some((first, second, u8::try_from(points).ok()?)),
        _ => None,
    });
    let Some((first, second, points)) = pair else { return Ok(false) };
    let found = make(connection, first, second, points)?;
    let rows = queue_entries::table
        .filter(queue_entries::player_id.eq_any([first, second]).and(queue_entries::match_id.is_null()));
    let found = (queue_entries::match_id.eq(Some(found)), queue_entries::seen_at.eq(now));
    if diesel::update(rows).set(found).execute(connection)? == 2 {
        Ok(true)
    } else {
        // One of them has just left: nothing is written.
        Err(diesel::result::Error::RollbackTransaction)
    }
}

/// Leaves the queue, unless a match has been found already.
///
/// # Errors
/// Database errors.
pub fn leave(connection: &mut DbConnection, player: Id) -> QueryResult<()> {
    let row = queue_entries::table.find(player).filter(queue_entries::match_id.is_null());
    diesel::delete(row).execute(connection).map(drop)
}

/// Records that the player has gone to the match that was found.
///
/// # Errors
/// Database errors.
pub fn arrived(connection: &mut DbConnection, player: Id) -> QueryResult<()> {
    let row = queue_entries::table.find(player).filter(queue_entries::match_id.is_not_null());
    diesel::delete(row).execute(connection).map(drop)
}

/// Looks at the queue; a player who looks counts as seen, and keeps their place.
///
/// # Errors
/// Database errors.
pub fn look(connection: &mut DbConnection, player: Option<Id>, now: Moment) -> QueryResult<Standing> {
    let others: i64 = queue_entries::table
        .filter(queue_entries::match_id.is_null().and(queue_entries::seen_at.ge(now - ABSENCE)))
        .filter(queue_entries::player_id.ne(player.unwrap_or(Id(0))))
        .count()
        .get_result(connection)?;
    let others = usize::try_from(others).unwrap_or(0);
    let own = match player {
        Some(player) => entry(connection, player)?,
        None => None,
    };
    let Some(own) = own else { return Ok(Standing { waiting: others, ..Standing::default() }) };
    if !own.is_waiting(now) {
        return Ok(Standing { waiting: others, found: own.found(now), ..Standing::default() });
    }
    if own.seen_at < now - SEEN_LATELY {
        let row = queue_entries::table.find(own.player).filter(queue_entries::match_id.is_null());
        diesel::update(row).set(queue_entries::seen_at.eq(now)).execute(connection)?;
    }
    let long = now - own.since >= LONG_WAIT;
    Ok(Standing { waiting: others + 1, points: u8::try_from(own.points).ok(), long, found: None })
}

/// Reads the whole queue.
///
/// # Errors
/// Database errors.
pub fn read(connection: &mut DbConnection, now: Moment) -> QueryResult<Snapshot> {
    let entries: Vec<Entry> = entries().filter(queue_entries::seen_at.ge(now - ANNOUNCED)).load(connection)?;
    let waiting = entries.iter().filter(|entry| entry.is_waiting(now));
    Ok(Snapshot {
        waiting: waiting.map(|entry| (entry.player, (u8::try_from(entry.points).unwrap_or(0), entry.since))).collect(),
        found: entries.iter().filter_map(|entry| Some((entry.player, entry.found(now)?))).collect(),
    })
}

/// In the caller's transaction, records that players who wait were seen.
///
/// # Errors
/// Database errors.
pub fn seen(connection: &mut DbConnection, players: &[Id], now: Moment) -> QueryResult<()> {
    serialise(connection)?;
    for batch in players.chunks(BATCH) {
        let rows = queue_entries::table
            .filter(queue_entries::player_id.eq_any(batch.to_vec()).and(queue_entries::match_id.is_null()));
        diesel::update(rows).set(queue_entries::seen_at.eq(now)).execute(connection)?;
    }
    Ok(())
}

/// Removes the rows of players who are gone.
///
/// # Errors
/// Database errors.
pub fn delete_forgotten(connection: &mut DbConnection, now: Moment) -> QueryResult<usize> {
    diesel::delete(queue_entries::table.filter(queue_entries::seen_at.lt(now - FORGOTTEN))).execute(connection)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::db::{self, migrations};

    // The bots' rows, which exist from the first migration on.
    const ADA: Id = Id(1);
    const GRACE: Id = Id(2);
    const START: Moment = datetime!(2026-11-22 12:00);

    fn database() -> (DbConnection, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = db::connect(&folder.path().join("test.sqlite3").to_string_lossy()).unwrap();
        migrations::run(&mut connection).unwrap();
        (connection, folder)
    }

    fn live_match(connection: &mut DbConnection) -> QueryResult<Id> {
        let row = (
            matches::id.eq(Id(7)),
            matches::mode.eq("queue"),
            matches::status.eq(LIVE),
            matches::rules.eq("{}"),
            matches::seed.eq(1_i64),
            matches::created_at.eq(START),
        );
        diesel::insert_into(matches::table).values(row).execute(connection).map(|_| Id(7))
    }

    fn enter_at(connection: &mut DbConnection, player: Id, points: u8, now: Moment) -> Option<(Id, Id)> {
        let mut with = None;
        let found = enter(connection, player, points, now, |connection, first| {
            with = Some(first);
            live_match(connection)
        });
        found.unwrap().zip(with)
    }

    #[test]
    fn two_who_want_the_same_rules_meet_and_nobody_meets_oneself() {
        let (mut connection, _folder) = database();
        assert_eq!(enter_at(&mut connection, ADA, 11, START), None);
        assert_eq!(enter_at(&mut connection, ADA, 11, START), None, "a second tab is the same player");
        assert_eq!(enter_at(&mut connection, GRACE, 3, START), None, "other rules");
        assert_eq!(look(&mut connection, Some(ADA), START).unwrap().waiting, 2);
        assert_eq!(enter_at(&mut connection, GRACE, 11, START), Some((Id(7), ADA)));
        assert_eq!(look(&mut connection, None, START).unwrap().waiting, 0);
        let all = read(&mut connection, START).unwrap();
        for player in [ADA, GRACE] {
            assert_eq!(look(&mut connection, Some(player), START).unwrap().found, Some(Id(7)));
            assert_eq!(all.standing(Some(player), START).found, Some(Id(7)));
        }
        let again = enter(&mut connection, ADA, 11, START, |_, _| panic!("no second match")).unwrap();
        assert_eq!(again, Some(Id(7)), "who missed the answer is led to the same match");
        arrived(&mut connection, ADA).unwrap();
        assert_eq!(look(&mut connection, Some(ADA), START).unwrap(), Standing::default());
    }

    #[test]
    fn a_change_of_points_keeps_the_place_and_a_new_visit_does_not() {
        let (mut connection, _folder) = database();
        let since = |connection: &mut DbConnection| {
            queue_entries::table.select(queue_entries::since).first::<Moment>(connection).unwrap()
        };
        enter_at(&mut connection, GRACE, 3, START);
        enter_at(&mut connection, GRACE, 5, START + 2 * Duration::SECOND);
        assert_eq!(since(&mut connection), START);
        let later = START + ABSENCE + 3 * Duration::SECOND;
        enter_at(&mut connection, GRACE, 5, later);
        assert_eq!(since(&mut connection), later);
    }

    #[test]
    fn who_was_away_when_the_other_entered_is_paired_all_the_same() {
        let (mut connection, _folder) = database();
        enter_at(&mut connection, ADA, 11, START);
        let later = START + 2 * ABSENCE;
        assert_eq!(enter_at(&mut connection, GRACE, 11, later), None, "ADA was gone");
        assert!(!read(&mut connection, later).unwrap().has_pair());
        seen(&mut connection, &[ADA], later).unwrap();
        assert!(read(&mut connection, later).unwrap().has_pair());
        let paired = pair_left_over(&mut connection, later, |connection, first, second, points| {
            assert_eq!((first, second, points), (ADA, GRACE, 11));
            live_match(connection)
        });
        assert!(paired.unwrap());
        for player in [ADA, GRACE] {
            assert_eq!(look(&mut connection, Some(player), later).unwrap().found, Some(Id(7)));
        }
        assert!(!pair_left_over(&mut connection, later, |_, _, _, _| panic!("nobody is left")).unwrap());
    }

    #[test]
    fn who_is_not_seen_loses_the_place_and_who_is_seen_keeps_it() {
        let (mut connection, _folder) = database();
        enter_at(&mut connection, ADA, 11, START);
        enter_at(&mut connection, GRACE, 5, START);
        let later = START + ABSENCE;
        seen(&mut connection, &[GRACE], later).unwrap();
        let now = later + Duration::SECOND;
        assert_eq!(look(&mut connection, None, now).unwrap().waiting, 1);
        let grace = read(&mut connection, now).unwrap().standing(Some(GRACE), now);
        assert!(grace.long && grace.points == Some(5) && grace.waiting == 1, "{grace:?}");
        assert_eq!(look(&mut connection, Some(GRACE), now).unwrap(), grace);
        assert_eq!(
            enter_at(&mut connection, ADA, 5, later + ABSENCE + 4 * Duration::SECOND),
            None,
            "nobody is there any more"
        );
    }

    #[test]
    fn a_found_match_is_announced_for_a_minute_and_while_it_is_played() {
        let (mut connection, _folder) = database();
        enter_at(&mut connection, ADA, 11, START);
        enter_at(&mut connection, GRACE, 11, START);
        assert_eq!(look(&mut connection, Some(ADA), START + ANNOUNCED).unwrap().found, Some(Id(7)));
        assert_eq!(look(&mut connection, Some(ADA), START + ANNOUNCED + Duration::SECOND).unwrap().found, None);
        diesel::update(matches::table).set(matches::status.eq("finished")).execute(&mut connection).unwrap();
        assert_eq!(look(&mut connection, Some(ADA), START).unwrap().found, None);
        assert_eq!(read(&mut connection, START).unwrap().standing(Some(ADA), START), Standing::default());
    }

    #[test]
    fn who_cancels_is_not_matched() {
        let (mut connection, _folder) = database();
        enter_at(&mut connection, ADA, 11, START);
        leave(&mut connection, ADA).unwrap();
        assert_eq!(enter_at(&mut connection, GRACE, 11, START), None);
    }

    #[test]
    fn clocks_that_differ_by_five_seconds_lose_nobody_and_pair_everybody() {
        let (mut connection, _folder) = database();
        let fast = 5 * Duration::SECOND;
        // Entered and kept by a replica whose clock is ahead, read by one whose clock is behind, and the other way round.
        for (writer, reader) in [(fast, Duration::ZERO), (Duration::ZERO, fast)] {
            diesel::delete(queue_entries::table).execute(&mut connection).unwrap();
            diesel::delete(matches::table).execute(&mut connection).unwrap();
            enter_at(&mut connection, ADA, 11, START + writer);
            for second in 0..60 {
                let passed = second * Duration::SECOND;
                if second % 5 == 0 {
                    seen(&mut connection, &[ADA], START + writer + passed).unwrap();
                }
                let standing = read(&mut connection, START + reader + passed)
                    .unwrap()
                    .standing(Some(ADA), START + reader + passed);
                assert_eq!(standing.points, Some(11), "after {second} s");
            }
            let now = START + reader + 60 * Duration::SECOND;
            assert_eq!(enter_at(&mut connection, GRACE, 11, now), Some((Id(7), ADA)));
            let there = START + writer + 60 * Duration::SECOND;
            assert_eq!(read(&mut connection, there).unwrap().standing(Some(ADA), there).found, Some(Id(7)));
        }
    }
}
