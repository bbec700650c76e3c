//! `transcendence seed`: made-up players and matches for benchmarks and demonstrations, the same in every run except for their
//! keys.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use diesel::{
    ExpressionMethods, Insertable, QueryDsl, QueryResult, RunQueryDsl, connection::SimpleConnection,
    prelude::ExecuteCopyFromDsl,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    clock::{self, Moment},
    config::Config,
    db::{
        self, DbConnection, json, migrations,
        schema::{matches, players, seats},
    },
    id::Id,
    ops::Failure,
    players::model::PlayerKind,
    pong::{Rules, TICKS_PER_SECOND},
};

/// Names of the first players; later ones get a number. The first player is the one to look at.
const NAMES: [&str; 24] = [
    "ada", "grace", "Linus", "margaret", "alan", "barbara", "ken", "hedy", "Dennis", "radia", "edsger", "frances",
    "Donald", "adele", "tim", "karen", "Niklaus", "shafi", "john", "jean", "Claude", "mary", "allan", "nolan",
];
/// How far back matches go.
const HISTORY: Duration = Duration::from_secs(2 * 365 * 24 * 3600);
/// Longer than any made-up match.
const LONGEST: Duration = Duration::from_secs(1_800);
/// Rows kept in memory at once.
const BATCH: usize = 5_000;
/// Rows in one statement on SQLite, which accepts 32,766 values.
const STATEMENT: usize = 1_000;
/// Seed of the generator.
const SEED: u64 = 1972;
/// Keys of the bots, by strength.
const BOTS: [(i64, &str); 3] = [(1, "weak"), (2, "medium"), (3, "strong")];

#[derive(Insertable)]
#[diesel(table_name = players, treat_none_as_default_value = false)]
struct PlayerRow {
    id: i64,
    kind: &'static str,
    name: String,
    name_key: String,
    joined_at: Moment,
}

#[derive(Insertable)]
#[diesel(table_name = matches, treat_none_as_default_value = false)]
struct MatchRow {
    id: i64,
    mode: &'static str,
    status: &'static str,
    rules: String,
    seed: i64,
    created_at: Moment,
    started_at: Option<Moment>,
    finished_at: Option<Moment>,
    winner_seat: Option<i32>,
    end_reason: Option<&'static str>,
    ticks: Option<i64>,
    longest_rally: Option<i32>,
    points: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = seats, treat_none_as_default_value = false)]
struct SeatRow {
    match_id: i64,
    seat: i32,
    player_id: Option<i64>,
    alias: Option<&'static str>,
    strength: Option<&'static str>,
    score: i32,
    result: Option<&'static str>,
    finished_at: Option<Moment>,
    round_trip: Option<i32>,
    jitter: Option<i32>,
    inputs: i32,
    late_inputs: i32,
    pauses: i32,
    absent_ms: i32,
}

/// Fills the database; brings its schema up to date first.
///
/// # Errors
/// When there are players already and `force` is off; otherwise one line that names the setting at fault.
pub fn run(config: &Config, player_count: u32, match_count: u32, force: bool) -> Result<(), Failure> {
    let failed = |error: diesel::result::Error| Failure::new("DATABASE_URL", error);
    let start = Instant::now();
    let mut connection =
        db::connect(config.database.url.expose()).map_err(|error| Failure::new("DATABASE_URL", error))?;
    migrations::run(&mut connection).map_err(|error| Failure::new("DATABASE_URL", error))?;
    let people: i64 =
        players::table.filter(players::kind.ne(PlayerKind::Bot)).count().get_result(&mut connection).map_err(failed)?;
    if people > 0 && !force {
        return Err(Failure(format!(
            "DATABASE_URL: there are already {people} players; seed an empty database, or add made-up players to these with --force"
        )));
    }
    if let DbConnection::Postgres(postgres) = &mut connection {
        postgres.batch_execute("SET statement_timeout = 0").map_err(failed)?;
    }
    db::transaction(&mut connection, |connection| fill(connection, player_count, match_count)).map_err(failed)?;
    // So that the first query is planned as well as the thousandth.
    connection.batch_execute("ANALYZE").map_err(failed)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("Made {player_count} players and {match_count} matches in {seconds:.1} s; see /players/ada");
    Ok(())
}

fn fill(connection: &mut DbConnection, player_count: u32, match_count: u32) -> QueryResult<()> {
    let mut maker = Maker::new(player_count);
    let taken: HashSet<String> = players::table.select(players::name_key).load(connection)?.into_iter().collect();
    let rows = maker.players(&taken);
    insert_players(connection, rows)?;
    for starts in maker.starts(match_count).chunks(BATCH) {
        let batch = starts.len();
        let (mut match_rows, mut seat_rows) = (Vec::with_capacity(batch), Vec::with_capacity(2 * batch));
        for started_at in starts {
            let (row, sides) = maker.a_match(*started_at);
            match_rows.push(row);
            seat_rows.extend(sides);
        }
        insert_matches(connection, match_rows)?;
        insert_seats(connection, seat_rows)?;
    }
    connection.batch_execute(
        "UPDATE players SET won = counted.won, lost = counted.lost FROM (\
            SELECT player_id, \
                count(*) FILTER (WHERE result = 'won') AS won, \
                count(*) FILTER (WHERE result = 'lost') AS lost \
            FROM seats WHERE player_id IS NOT NULL GROUP BY player_id\
        ) AS counted WHERE counted.player_id = players.id",
    )
}

fn insert_players(connection: &mut DbConnection, rows: Vec<PlayerRow>) -> QueryResult<()> {
    match connection {
        DbConnection::Postgres(c) => diesel::copy_from(players::table).from_insertable(rows).execute(c).map(drop),
        DbConnection::Sqlite(c) => rows
            .chunks(STATEMENT)
            .try_for_each(|rows| diesel::insert_into(players::table).values(rows).execute(c).map(drop)),
    }
}

fn insert_matches(connection: &mut DbConnection, rows: Vec<MatchRow>) -> QueryResult<()> {
    match connection {
        DbConnection::Postgres(c) => diesel::copy_from(matches::table).from_insertable(rows).execute(c).map(drop),
        DbConnection::Sqlite(c) => rows
            .chunks(STATEMENT)
            .try_for_each(|rows| diesel::insert_into(matches::table).values(rows).execute(c).map(drop)),
    }
}

fn insert_seats(connection: &mut DbConnection, rows: Vec<SeatRow>) -> QueryResult<()> {
    match connection {
        DbConnection::Postgres(c) => diesel::copy_from(seats::table).from_insertable(rows).execute(c).map(drop),
        DbConnection::Sqlite(c) => rows
            .chunks(STATEMENT)
            .try_for_each(|rows| diesel::insert_into(seats::table).values(rows).execute(c).map(drop)),
    }
}

/// A made-up person.
struct Person {
    id: i64,
    joined_at: Moment,
    /// From 0 to 1.
    skill: f64,
    /// Usual round trip in ms.
    round_trip: i32,
}

/// Makes up rows, always the same ones except for keys and dates.
struct Maker {
    random: StdRng,
    now: Moment,
    /// In the order in which they joined.
    people: Vec<Person>,
    /// Rules as JSON, by the points needed to win.
    rules: Vec<(u8, String)>,
}

impl Maker {
    fn new(player_count: u32) -> Self {
        let (mut random, now) = (StdRng::seed_from_u64(SEED), clock::now());
        let mut joined: Vec<f64> = (0..player_count).map(|_| random.random_range(0.0..1.0)).collect();
        joined.sort_by(f64::total_cmp);
        let people = joined.iter().map(|share| {
            // The first tenth was there from the start.
            let joined_at = now - HISTORY + HISTORY.mul_f64((share - 0.1).max(0.0));
            Person {
                id: key(&mut random, joined_at),
                joined_at,
                skill: random.random_range(0.0..1.0),
                round_trip: random.random_range(8..160),
            }
        });
        let people = people.collect();
        let rules =
            [3, 5, 7, 11].into_iter().filter_map(|points| Some((points, json::write(&Rules::classic(points)?).ok()?)));
        Self { rules: rules.collect(), random, now, people }
    }

    /// Everybody's row; a name that is already taken is replaced by another.
    fn players(&self, taken: &HashSet<String>) -> Vec<PlayerRow> {
        self.people
            .iter()
            .enumerate()
            .map(|(number, person)| {
                let guest = number >= NAMES.len() && number % 8 == 0;
                let name = NAMES.get(number % NAMES.len()).unwrap_or(&"player");
                let wanted = match number / NAMES.len() {
                    _ if guest => format!("Guest-{number:05}"),
                    0 => (*name).to_owned(),
                    round => format!("{name}{round}"),
                };
                let free = |name: &String| !taken.contains(&name.to_lowercase());
                let others = (2..).map(|again| format!("{wanted}_{again}"));
                let name = std::iter::once(wanted.clone()).chain(others).find(free).unwrap_or(wanted);
                PlayerRow {
                    id: person.id,
                    kind: if guest { "guest" } else { "account" },
                    name_key: name.to_lowercase(),
                    name,
                    joined_at: person.joined_at,
                }
            })
            .collect()
    }

    /// When matches began, in order: rows that arrive as on a real site fill tables and indexes from one end.
    fn starts(&mut self, match_count: u32) -> Vec<Moment> {
        let last = self.now - LONGEST;
        let mut starts: Vec<Moment> =
            (0..match_count).map(|_| last - HISTORY.mul_f64(self.random.random_range(0.0..1.0))).collect();
        starts.sort();
        starts
    }

    /// Two players who had joined by then; early members play the most.
    fn pair(&mut self, at: Moment) -> Option<(usize, usize)> {
        let members = self.people.partition_point(|person| person.joined_at <= at).max(2);
        let mut someone = || {
            let share: f64 = self.random.random_range(0.0..1.0);
            // The product is below the number of members.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let index = (share * share * members as f64) as usize;
            index.min(members - 1)
        };
        let left = someone();
        let right = (0..20).map(|_| someone()).find(|right| *right != left)?;
        Some((left, right))
    }

    fn a_match(&mut self, started_at: Moment) -> (MatchRow, [SeatRow; 2]) {
        let (left, right) = self.pair(started_at).unwrap_or((0, 1));
        let mode = self.pick(&[("queue", 70), ("link", 15), ("bot", 12), ("local", 3)], "queue");
        let bot = usize::try_from(self.random.random_range(0..3)).unwrap_or_default();
        let bot = BOTS.get(bot).filter(|_| mode == "bot");
        let reason = self.pick(&[("score", 94), ("forfeit", 3), ("left", 2), ("abandoned", 1)], "score");
        let to_win = self.pick(&[(11, 60), (7, 15), (5, 15), (3, 10)], 11);
        let skill = |index: usize| self.people.get(index).map_or(0.5, |person| person.skill);
        let chance = 0.5 + 0.3 * (skill(left) - skill(right));

        let play = self.play(to_win, chance, reason);
        let length = Duration::from_secs_f64(f64::from(play.ticks) / f64::from(TICKS_PER_SECOND));
        let finished_at = started_at + length;
        let id = key(&mut self.random, started_at);
        let rules = self.rules.iter().find(|(points, _)| *points == to_win).map(|(_, json)| json.clone());
        let row = MatchRow {
            id,
            mode,
            status: "finished",
            rules: rules.unwrap_or_default(),
            seed: i64::from(self.random.random_range(0..u32::MAX)),
            created_at: started_at - Duration::from_secs(5),
            started_at: Some(started_at),
            finished_at: Some(finished_at),
            winner_seat: play.winner,
            end_reason: Some(reason),
            ticks: Some(i64::from(play.ticks)),
            longest_rally: Some(play.longest_rally),
            points: json::write(&play.points).ok(),
        };
        let sides = [(0, left), (1, right)].map(|(seat, index)| {
            let won = play.winner.map(|winner| winner == seat).filter(|_| mode != "local");
            let person = self.people.get(index);
            let mut side = SeatRow {
                match_id: id,
                seat,
                player_id: person.map(|person| person.id),
                alias: None,
                strength: None,
                score: play.points.iter().filter(|(_, scorer)| *scorer == seat).count().try_into().unwrap_or_default(),
                result: Some(won.map_or("none", |won| if won { "won" } else { "lost" })),
                finished_at: Some(finished_at),
                round_trip: person.map(|person| person.round_trip + self.random.random_range(0..20)),
                jitter: Some(self.random.random_range(1..15)),
                inputs: i32::try_from(play.ticks / 15).unwrap_or_default(),
                late_inputs: self.random.random_range(-6..4).max(0),
                pauses: i32::from(self.random.random_range(0..20) == 0),
                absent_ms: 0,
            };
            side.absent_ms = side.pauses * self.random.random_range(500..12_000);
            if let (1, Some((id, strength))) = (seat, bot) {
                (side.player_id, side.strength) = (Some(*id), Some(*strength));
                (side.round_trip, side.jitter, side.late_inputs, side.pauses, side.absent_ms) = (None, None, 0, 0, 0);
            } else if seat == 1 && mode == "local" {
                (side.player_id, side.alias) = (None, Some("Right hand"));
            }
            side
        });
        (row, sides)
    }

    /// Picks one of several choices by their weights in percent.
    fn pick<T: Copy>(&mut self, choices: &[(T, u32)], otherwise: T) -> T {
        let mut roll = self.random.random_range(0..100);
        for (choice, weight) in choices {
            if roll < *weight {
                return *choice;
            }
            roll -= weight;
        }
        otherwise
    }

    /// Plays points until one side has enough, or until something else ends the match.
    fn play(&mut self, to_win: u8, chance: f64, reason: &str) -> Play {
        let to_win = i32::from(to_win);
        let stops_at = if reason == "score" { i32::MAX } else { self.random.random_range(0..to_win) };
        let (mut left, mut right) = (0, 0);
        let (mut ticks, mut longest_rally, mut points) = (0_u32, 0, Vec::new());
        while left < to_win && right < to_win && left + right < stops_at {
            let returns = self.random.random_range(0..6) * self.random.random_range(0..7);
            longest_rally = longest_rally.max(returns);
            ticks += 120 + u32::try_from(returns).unwrap_or_default() * 55;
            if self.random.random_range(0.0..1.0) < chance {
                left += 1;
                points.push((ticks, 0));
            } else {
                right += 1;
                points.push((ticks, 1));
            }
        }
        let winner = match reason {
            "score" => Some(i32::from(right > left)),
            "abandoned" => None,
            _ => Some(self.random.random_range(0..2)),
        };
        if reason != "score" {
            ticks += self.random.random_range(60..1_800);
        }
        Play { ticks, longest_rally, points, winner }
    }
}

/// A key within a moment's millisecond; the lowest bits tell apart what began in the same millisecond.
fn key(random: &mut StdRng, moment: Moment) -> i64 {
    Id::at(moment).0 | random.random_range(0..1 << 21)
}

/// How a made-up match went.
struct Play {
    ticks: u32,
    longest_rally: i32,
    points: Vec<(u32, i32)>,
    winner: Option<i32>,
}
