//! `backup`, `restore` and `copy` as an operator runs them, on the database of the other tests.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
};

use axum::http::StatusCode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use rustix::process::Signal;
use transcendence::{
    clock,
    db::{
        Db,
        schema::{matches, players, seats},
    },
    id::Id,
};

use crate::support::{
    Site, databases,
    programs::{Program, output, text, transcendence},
};

/// Runs a command; what it printed, or what it said went wrong.
fn run(arguments: &[&str], database: &str) -> Result<String, String> {
    let output = output(arguments, &[("DATABASE_URL", database)]);
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// The lines of a backup in one spelling, without the first, which says when it was made.
fn rows(backup: &Path) -> Vec<String> {
    let lines = BufReader::new(GzDecoder::new(BufReader::new(fs::File::open(backup).unwrap()))).lines();
    let spelt = |line: String| serde_json::from_str::<serde_json::Value>(&line).unwrap().to_string();
    let mut rows: Vec<String> = lines.skip(1).map(|line| spelt(line.unwrap())).collect();
    // The last holds a checksum, which covers the first line too.
    assert!(rows.pop().unwrap().contains("sha256"));
    rows
}

fn backup_of(database: &str, folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    run(&["backup", "--to", path.to_str().unwrap()], database).unwrap();
    path
}

/// Changes the text of a backup, and leaves its checksum as it was.
fn altered(backup: &Path, change: impl FnOnce(String) -> String) {
    let mut text = String::new();
    GzDecoder::new(BufReader::new(fs::File::open(backup).unwrap())).read_to_string(&mut text).unwrap();
    let mut file = GzEncoder::new(fs::File::create(backup).unwrap(), Compression::fast());
    file.write_all(change(text).as_bytes()).unwrap();
    file.finish().unwrap();
}

async fn seed(site: &Site) {
    let url = site.state.config.database.url.expose().to_owned();
    off_thread(move || run(&["seed", "--players", "30", "--matches", "2500"], &url).unwrap()).await;
}

#[tokio::test]
async fn after_a_disaster_a_backup_brings_everything_back() {
    let site = Site::new().await;
    seed(&site).await;
    // One person is in the middle of a match, another waits for a friend.
    let mut guest = site.visitor();
    let play = guest.play_bot().await.match_path();
    let invite = site.visitor().invite("5").await;
    assert!(invite.starts_with("/play/invite/"), "{invite}");
    site.state.live.stop().await;

    let url = site.state.config.database.url.expose().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let ((empty, _folder), rows_before) = off_thread(move || {
        let backup = backup_of(&url, &path, "before.gz");
        let fresh = databases::fresh();
        let said = run(&["restore", "--from", backup.to_str().unwrap()], &fresh.0).unwrap();
        assert!(said.contains("2501 matches") && said.contains("5002 seats"), "{said}");
        (fresh, rows(&backup))
    })
    .await;
    let (path, url) = (folder.path().to_owned(), empty.clone());
    let rows_after = off_thread(move || rows(&backup_of(&url, &path, "after.gz"))).await;
    assert!(rows_before.len() > 7_000);
    assert_eq!(rows_before, rows_after);

    // The site goes on where it was, with the same guest in the same match.
    let again = site.over(Db::new(&empty, 4, site.state.config.database_wait()).unwrap());
    assert_eq!(again.state.live.recover().await.unwrap(), 1);
    let mut guest = guest.on(&again);
    assert_eq!(guest.get(&play).await.status, StatusCode::OK);
    assert!(guest.get("/play").await.body.contains("Guest-"));
    assert_eq!(guest.get(&invite).await.status, StatusCode::OK);
    assert!(guest.get("/players/ada").await.body.contains("Matches that count"));
}

#[tokio::test]
async fn a_database_with_people_in_it_is_replaced_only_by_force() {
    let (site, other) = (Site::new().await, Site::new().await);
    seed(&site).await;
    other.visitor().play_bot().await;
    let (url, folder) = (site.state.config.database.url.expose().to_owned(), tempfile::tempdir().unwrap());
    let target = other.state.config.database.url.expose().to_owned();
    off_thread(move || {
        let backup = backup_of(&url, folder.path(), "backup.gz");
        let from = backup.to_str().unwrap();
        let before = rows(&backup_of(&target, folder.path(), "target.gz"));
        let refused = run(&["restore", "--from", from], &target).unwrap_err();
        assert!(refused.contains("already has 1 players and 1 matches") && refused.contains("--force"), "{refused}");
        let refused = run(&["copy", "--from", &url, "--to", &target], &target).unwrap_err();
        assert!(refused.contains("--force"), "{refused}");

        // A damaged backup changes nothing, even with force.
        let damaged = folder.path().join("damaged.gz");
        for change in [
            |text: String| text.replacen("ada", "eve", 1),
            |text: String| text.lines().take(40).collect::<Vec<_>>().join("\n") + "\n",
            |text: String| text.replacen("\"migrations\":[", "\"migrations\":[\"29991231235959\",", 1),
        ] {
            fs::copy(&backup, &damaged).unwrap();
            altered(&damaged, change);
            let refused = run(&["restore", "--force", "--from", damaged.to_str().unwrap()], &target).unwrap_err();
            assert!(
                refused.contains("damaged") || refused.contains("incomplete") || refused.contains("newer schema"),
                "{refused}"
            );
            assert_eq!(refused.trim_end().lines().count(), 1, "{refused}");
        }
        assert_eq!(rows(&backup_of(&target, folder.path(), "target.gz")), before);

        run(&["restore", "--force", "--from", from], &target).unwrap();
        assert_eq!(rows(&backup_of(&target, folder.path(), "target.gz")), rows(&backup));
    })
    .await;
}

#[tokio::test]
async fn a_copy_to_the_other_kind_of_database_and_back_is_the_same() {
    let site = Site::new().await;
    seed(&site).await;
    let url = site.state.config.database.url.expose().to_owned();
    off_thread(move || {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = folder.path().join("copy.sqlite3").to_string_lossy().into_owned();
        let (back, _folder) = databases::fresh();
        for (from, to) in [(&url, &sqlite), (&sqlite, &back)] {
            let said = run(&["copy", "--from", from, "--to", to], "sqlite://nowhere/else").unwrap();
            assert!(said.contains("2500 matches"), "{said}");
        }
        let first = rows(&backup_of(&url, folder.path(), "first.gz"));
        assert_eq!(first, rows(&backup_of(&sqlite, folder.path(), "second.gz")));
        assert_eq!(first, rows(&backup_of(&back, folder.path(), "third.gz")));
    })
    .await;
}

#[tokio::test]
async fn a_backup_holds_one_moment_of_a_site_that_goes_on() {
    let site = Site::new().await;
    seed(&site).await;
    static STOP: AtomicBool = AtomicBool::new(false);
    // Each match is stored with both its seats, and counted as won by one player.
    let db = site.state.db.clone();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let busy = tokio::spawn(async move {
        let mut begun = Some(begun);
        while !STOP.load(Ordering::Relaxed) {
            let id = Id::new();
            db.write(move |connection| {
                let now = clock::now();
                diesel::insert_into(matches::table)
                    .values((
                        matches::id.eq(id),
                        matches::mode.eq("bot"),
                        matches::status.eq("finished"),
                        matches::rules.eq("{}"),
                        matches::seed.eq(1_i64),
                        matches::created_at.eq(now),
                    ))
                    .execute(connection)?;
                for seat in [0, 1] {
                    diesel::insert_into(seats::table)
                        .values((
                            seats::match_id.eq(id),
                            seats::seat.eq(seat),
                            seats::player_id.eq(i64::from(seat) + 1),
                        ))
                        .execute(connection)?;
                }
                diesel::update(players::table.find(1_i64)).set(players::won.eq(players::won + 1)).execute(connection)
            })
            .await
            .unwrap();
            if let Some(begun) = begun.take() {
                begun.send(()).unwrap();
            }
        }
    });
    has_begun.await.unwrap();
    let url = site.state.config.database.url.expose().to_owned();
    let counts = off_thread(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut counts = Vec::new();
        for _ in 0..3 {
            let backup = rows(&backup_of(&url, folder.path(), "busy.gz"));
            let (mut table, mut count, mut won) = (String::new(), HashMap::new(), 0);
            for line in &backup {
                if line.starts_with('[') {
                    *count.entry(table.clone()).or_insert(0) += 1;
                    if table == "players" && line.starts_with("[1,") {
                        won = serde_json::from_str::<Vec<serde_json::Value>>(line).unwrap()[5].as_i64().unwrap();
                    }
                } else if let Ok(head) = serde_json::from_str::<serde_json::Value>(line) {
                    table = head["table"].as_str().unwrap().to_owned();
                }
            }
            counts.push((count["matches"], count["seats"], won));
        }
        counts
    })
    .await;
    STOP.store(true, Ordering::Relaxed);
    busy.await.unwrap();
    let (first, last) = (counts[0], counts[2]);
    assert!(last.0 > first.0 && last.2 > first.2, "the site went on: {counts:?}");
    for (matches, seats, won) in &counts {
        assert_eq!(matches * 2, *seats);
        assert_eq!(i64::from(*matches) - won, i64::from(first.0) - first.2, "{counts:?}");
    }
}

#[tokio::test]
async fn backups_are_made_at_intervals_until_told_to_stop() {
    let site = Site::new().await;
    let url = site.state.config.database.url.expose().to_owned();
    off_thread(move || {
        let folder = tempfile::tempdir().unwrap();
        let to = format!("{}/kept/", folder.path().display());
        let refused = run(&["backup", "--every", "1h", "--to", folder.path().join("file").to_str().unwrap()], &url);
        assert!(refused.unwrap_err().contains("must be a folder"));
        fs::create_dir_all(&to).unwrap();
        let old = format!("{to}transcendence-20200101T000000Z.backup.gz");
        fs::write(&old, "").unwrap();
        let mut command = transcendence();
        command.env("DATABASE_URL", &url).args(["backup", "--every", "1s", "--keep-days", "7", "--to", &to]);
        let mut keeper = Program::start(command.stdout(Stdio::piped()));
        let mut said = BufReader::new(keeper.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(said.next().unwrap().contains("3 players"));
        assert!(said.next().unwrap().starts_with("Removed backups older than 7 days: 1"));
        assert!(said.next().unwrap().contains("3 players"), "the next one");
        keeper.signal(Signal::TERM);
        assert!(keeper.0.wait().unwrap().success());
        assert!(!Path::new(&old).exists());
        let kept: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(kept.len() >= 2, "{kept:?}");
        let said = run(&["restore", "--check", "--from", kept[0].to_str().unwrap()], "nowhere/never").unwrap();
        assert!(said.contains("is intact"), "{said}");
    })
    .await;
}
