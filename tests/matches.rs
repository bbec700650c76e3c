//! Matches as records: players' pages, results, what is kept for a moment.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use diesel::{Connection, ExpressionMethods, QueryDsl, RunQueryDsl, connection::InstrumentationEvent, sql_types::Text};
use tower_sessions::Session;
use transcendence::{
    accounts::session,
    clock::{self, Moment},
    db::{
        Kind,
        schema::{matches, players, seats},
    },
    id::Id,
    matches::{cursor::Cursor, queries},
    pong::Rules,
};

use crate::support::{Site, Visitor};

async fn player(site: &Site, name: &'static str, kind: &'static str) -> Id {
    let id = Id::new();
    let row = (
        players::id.eq(id),
        players::kind.eq(kind),
        players::name.eq(name),
        players::name_key.eq(name.to_lowercase()),
        players::joined_at.eq(clock::now()),
    );
    site.state.db.run(move |c| diesel::insert_into(players::table).values(row).execute(c)).await.unwrap();
    id
}

/// A visitor with a session of a player.
async fn signed_in(site: &Site, id: Id) -> Visitor {
    let session = Session::new(None, Arc::new(site.state.sessions.clone()), None);
    session::begin(&session, id, false, &site.state.config).await.unwrap();
    session.save().await.unwrap();
    let mut visitor = site.visitor();
    visitor.cookies.push(("session".to_owned(), session.id().unwrap().to_string()));
    visitor
}

/// A finished match to be stored.
#[derive(Clone)]
struct Finished {
    mode: &'static str,
    reason: &'static str,
    winner: Option<i32>,
    finished_at: Moment,
    ticks: i64,
    /// Player, name of the day, score, result.
    sides: [(Option<Id>, Option<&'static str>, i32, &'static str); 2],
    points: &'static str,
    rematch: Option<i64>,
    /// Absence of each side in ms.
    absences: [i32; 2],
}

impl Finished {
    /// `left` won 11 to 7.
    fn won_by(left: Id, right: Id) -> Self {
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

    async fn store(self, site: &Site) -> Id {
        site.state
            .db
            .write(move |c| {
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
                    .execute(c)?;
                let sides = self.sides.into_iter().zip(self.absences).zip(0..);
                for (((player, alias, score, result), absence), seat) in sides {
                    diesel::insert_into(seats::table)
                        .values((
                            (seats::match_id.eq(id), seats::seat.eq(seat), seats::player_id.eq(player)),
                            (seats::alias.eq(alias), seats::score.eq(score), seats::result.eq(Some(result))),
                            (seats::finished_at.eq(Some(self.finished_at)), seats::round_trip.eq(Some(42 + seat))),
                            (seats::jitter.eq(Some(3)), seats::pauses.eq(seat), seats::absent_ms.eq(absence)),
                        ))
                        .execute(c)?;
                    let Some(player) = player else { continue };
                    let row = players::table.find(player);
                    match result {
                        "won" => diesel::update(row).set(players::won.eq(players::won + 1)).execute(c)?,
                        "lost" => diesel::update(row).set(players::lost.eq(players::lost + 1)).execute(c)?,
                        _ => 0,
                    };
                }
                Ok(id)
            })
            .await
            .unwrap()
    }
}

/// What a page says, without its markup.
fn words(html: &str) -> String {
    let main = html.split("<main").nth(1).unwrap_or(html).split("</main>").next().unwrap();
    let mut text = String::new();
    let mut inside = true;
    for part in main.chars() {
        match part {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            _ if inside => {}
            other => text.push(other),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The paths of all links that contain a text.
fn links(html: &str, with: &str) -> Vec<String> {
    html.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.contains(with))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_match_stands_in_both_histories_each_with_the_own_points_first() {
    let site = Site::new().await;
    let (ada, grace) = (player(&site, "ada", "account").await, player(&site, "Grace", "guest").await);
    let id = Finished::won_by(ada, grace).store(&site).await;
    let mut visitor = site.visitor();
    let adas = words(&visitor.get("/players/ada").await.body);
    assert!(adas.contains("Counted matches 1 Won 1 Lost 0 Win rate 100%"), "{adas}");
    assert!(adas.contains("Won Grace 11 : 7"), "{adas}");
    assert!(adas.contains("Quick match 5:12"), "{adas}");
    let graces = visitor.get("/players/Grace").await;
    assert!(words(&graces.body).contains("Lost ada 7 : 11"), "{}", graces.body);
    assert!(words(&graces.body).contains("Guest"));
    assert_eq!(links(&graces.body, "/matches/"), [format!("/matches/{id}")]);
    assert!(graces.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_name_is_found_ignoring_case_and_led_to_its_own_spelling() {
    let site = Site::new().await;
    player(&site, "Grace", "account").await;
    let mut visitor = site.visitor();
    let other = visitor.get("/players/gRACE").await;
    assert_eq!((other.status, other.location()), (StatusCode::PERMANENT_REDIRECT, "/players/Grace"));
    assert_eq!(visitor.get("/players/Grace").await.status, StatusCode::OK);
    assert_eq!(visitor.get("/players/Bot-Weak").await.status, StatusCode::OK, "bots have pages");
    let long = format!("/players/{}", "x".repeat(500));
    for nobody in ["/players/nobody", "/players/%00", "/players/Grace?before=x", "/players/%F0%9F%8F%93", &long] {
        assert_eq!(visitor.get(nobody).await.status, StatusCode::NOT_FOUND, "{nobody}");
    }
}

#[tokio::test]
async fn an_empty_history_invites_its_owner_and_tells_strangers() {
    let site = Site::new().await;
    let ada = player(&site, "ada", "account").await;
    let mut owner = signed_in(&site, ada).await;
    let own = words(&owner.get("/players/ada").await.body);
    assert!(own.contains("Play your first match") && own.contains("Win rate –"), "{own}");
    let strange = words(&site.visitor().get("/players/ada").await.body);
    assert!(strange.contains("ada has not played yet") && !strange.contains("Play your first match"), "{strange}");
    let guest = player(&site, "Guest-1", "guest").await;
    let mut guest = signed_in(&site, guest).await;
    assert!(guest.get("/players/Guest-1").await.body.contains("/signup\">"), "a guest is told how to keep the matches");
}

#[tokio::test]
async fn paging_lists_every_match_once_even_when_many_ended_at_once() {
    let site = Site::new().await;
    let (ada, bob) = (player(&site, "ada", "account").await, player(&site, "bob", "account").await);
    let start = clock::now();
    let mut expected = Vec::new();
    for number in 0..47 {
        let mut finished = Finished::won_by(ada, bob);
        // All but a few ended in the same microsecond.
        finished.finished_at = start - if number % 10 == 0 { Duration::from_secs(number) } else { Duration::ZERO };
        expected.push(finished.store(&site).await.to_string());
    }
    let mut visitor = site.visitor();
    let (mut path, mut seen, mut pages) = ("/players/ada".to_owned(), Vec::new(), 0);
    loop {
        let page = visitor.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.contains(">Newest<"), pages > 0);
        seen.extend(links(&page.body, "/matches/").iter().map(|link| link.replace("/matches/", "")));
        pages += 1;
        match links(&page.body, "before=").as_slice() {
            [older] => path.clone_from(older),
            _ => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(seen.len(), expected.len());
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

/// Runs work on a connection and returns the statements that it sent.
async fn statements<T: Send + 'static>(
    site: &Site,
    work: impl FnOnce(&mut transcendence::db::DbConnection) -> diesel::QueryResult<T> + Send + 'static,
) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    site.state
        .db
        .run(move |c| {
            c.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    noted.lock().unwrap().push(query.to_string());
                }
            });
            let done = work(c);
            c.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            done
        })
        .await
        .unwrap();
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[tokio::test]
async fn a_page_makes_as_many_queries_for_a_full_list_as_for_an_empty_one_and_each_is_on_an_index() {
    let site = Site::new().await;
    let (ada, bob) = (player(&site, "ada", "account").await, player(&site, "bob", "account").await);
    let empty = statements(&site, |c| queries::profile(c, "ada", Cursor::NEWEST)).await;
    let mut last = Id(0);
    for _ in 0..25 {
        last = Finished::won_by(ada, bob).store(&site).await;
    }
    let full = statements(&site, |c| queries::profile(c, "ada", Cursor::NEWEST)).await;
    assert_eq!((empty.len(), full.len()), (2, 2));
    let result = statements(&site, move |c| queries::found(c, last)).await;
    let latest = statements(&site, |c| queries::latest_results(c, 10)).await;
    assert_eq!((result.len(), latest.len()), (2, 2));

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    if site.state.db.kind() == Kind::Sqlite {
        for statement in full.into_iter().chain(result).chain(latest) {
            let sql = statement.split(" -- binds").next().unwrap().to_owned();
            let plan =
                site.state.db.run(move |c| diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(c));
            for Step { detail } in plan.await.unwrap() {
                assert!(!detail.starts_with("SCAN"), "{statement}: {detail}");
                assert!(!detail.contains("TEMP B-TREE"), "{statement}: {detail}");
            }
        }
    }
}

#[tokio::test]
async fn the_page_of_a_result_tells_it_whole() {
    let site = Site::new().await;
    let (ada, grace) = (player(&site, "ada", "account").await, player(&site, "grace", "account").await);
    let id = Finished::won_by(ada, grace).store(&site).await;
    let page = site.visitor().get(&format!("/matches/{id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(r#"<meta property="og:title" content="ada 11–7 grace">"#), "{}", page.body);
    let text = words(&page.body);
    assert!(text.contains("ada wins") && text.contains("5:12") && text.contains("34 returns"), "{text}");
    assert!(text.contains("42 ms 43 ms") && text.contains("Pauses 0 1 (4 s)"), "{text}");
    // The table lists what the chart draws.
    assert!(text.contains("0:10 ada 1 : 0 0:20 grace 1 : 1 5:12 ada 2 : 1"), "{text}");
    assert!(!page.body.contains("/rematch\""), "only who played asks for a rematch");
    let own = signed_in(&site, grace).await.get(&format!("/matches/{id}")).await;
    assert!(own.body.contains(&format!(r#"action="/matches/{id}/rematch""#)));
    assert!(own.body.contains("Both have to agree"));
}

#[tokio::test]
async fn unusual_ends_and_sides_read_right() {
    let site = Site::new().await;
    let (ada, bob) = (player(&site, "ada", "account").await, player(&site, "bob", "account").await);
    let common = Finished::won_by(ada, bob);
    let mut owner = signed_in(&site, ada).await;

    let forfeit = Finished {
        reason: "forfeit",
        sides: [(Some(ada), None, 2, "won"), (Some(bob), None, 5, "lost")],
        ..common.clone()
    };
    let forfeit = owner.get(&format!("/matches/{}", forfeit.store(&site).await)).await;
    assert!(words(&forfeit.body).contains("ada wins: bob was away too long"));

    let left = Finished { reason: "left", ..common.clone() }.store(&site).await;
    assert!(words(&owner.get(&format!("/matches/{left}")).await.body).contains("ada wins: bob gave up"));

    let unplayed = |reason, mode, absences| Finished {
        reason,
        mode,
        winner: None,
        points: "[]",
        ticks: 0,
        sides: [(Some(ada), None, 0, "none"), (Some(bob), None, 0, "none")],
        absences,
        ..common.clone()
    };
    for (case, headline) in [
        (unplayed("no_show", "queue", [0, 60_000]), "Not played: bob did not come"),
        (unplayed("no_show", "queue", [60_000, 60_000]), "Not played: nobody came"),
        (unplayed("aborted", "link", [0, 0]), "Not played: called off"),
        (unplayed("abandoned", "queue", [30_000, 30_000]), "No winner: both went away"),
        (unplayed("abandoned", "local", [0, 0]), "Stopped before the end"),
    ] {
        let seen = words(&owner.get(&format!("/matches/{}", case.store(&site).await)).await.body);
        assert!(seen.contains(headline), "{headline}: {seen}");
        let played = !headline.starts_with("Not played");
        assert_eq!(seen.contains("Nobody made a point") && seen.contains("Fairness card"), played, "{seen}");
    }
    let walked_away = Finished {
        sides: [(Some(ada), None, 2, "none"), (Some(Id(3)), None, 3, "none")],
        ..unplayed("abandoned", "bot", [30_000, 0])
    };
    let walked_away = owner.get(&format!("/matches/{}", walked_away.store(&site).await)).await;
    assert!(words(&walked_away.body).contains("No winner: ada went away"));

    let local = Finished {
        mode: "local",
        sides: [(Some(ada), None, 11, "none"), (None, Some("<Zoë> & co"), 9, "none")],
        ..common.clone()
    };
    let local = owner.get(&format!("/matches/{}", local.store(&site).await)).await;
    assert!(local.body.contains("&#60;Zoë&#62; &#38; co") && !local.body.contains("<Zoë>"), "names are escaped");
    assert!(!local.body.contains("Both have to agree"));

    let strong = Finished {
        mode: "bot",
        sides: [(Some(ada), None, 11, "won"), (Some(Id(3)), None, 3, "lost")],
        ..common.clone()
    };
    let strong = owner.get(&format!("/matches/{}", strong.store(&site).await)).await;
    assert!(strong.body.contains("/players/Bot-Strong") && !strong.body.contains("Both have to agree"));

    let erased = Finished { sides: [(Some(ada), None, 11, "won"), (None, None, 3, "lost")], ..common.clone() };
    let erased = owner.get(&format!("/matches/{}", erased.store(&site).await)).await;
    assert!(words(&erased.body).contains("Deleted player") && !erased.body.contains("/rematch\""));

    let again = Finished { rematch: Some(7), ..common.clone() }.store(&site).await;
    let again = owner.get(&format!("/matches/{again}")).await;
    assert!(again.body.contains("/matches/----------6") && !again.body.contains("/rematch\""), "{}", again.body);

    let history = words(&owner.get("/players/ada").await.body);
    assert!(history.contains("Not counted &#60;Zoë&#62; &#38; co 11 : 9"), "{history}");
    assert!(history.contains("Not counted bob 0 : 0"), "{history}");
    assert!(history.contains("Won Deleted player 11 : 3"), "{history}");
    assert!(history.contains("One keyboard") && history.contains("Against a bot"), "{history}");
}

#[tokio::test]
async fn a_match_in_progress_is_led_to_and_an_unknown_one_is_not_found() {
    let site = Site::new().await;
    let id = Id::new();
    let row = (
        matches::id.eq(id),
        matches::mode.eq("queue"),
        matches::status.eq("live"),
        matches::rules.eq("{}"),
        matches::seed.eq(1_i64),
        matches::created_at.eq(clock::now()),
    );
    site.state.db.run(move |c| diesel::insert_into(matches::table).values(row).execute(c)).await.unwrap();
    let mut visitor = site.visitor();
    let live = visitor.get(&format!("/matches/{id}")).await;
    assert_eq!((live.status, live.location()), (StatusCode::SEE_OTHER, format!("/matches/{id}/play").as_str()));
    for unknown in [Id::new().to_string(), "x".to_owned(), "é".repeat(11)] {
        let path = format!("/matches/{}", urlencoding::encode(&unknown));
        assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn french_counts_as_the_french_do() {
    let site = Site::new().await;
    let (ada, bob) = (player(&site, "ada", "account").await, player(&site, "bob", "account").await);
    Finished::won_by(ada, bob).store(&site).await;
    Finished::won_by(ada, bob).store(&site).await;
    let mut visitor = site.visitor();
    visitor.language = "fr";
    let adas = visitor.get("/players/ada").await.body;
    assert!(adas.contains("ada joue à Pong : 2 matchs gagnés, 0 perdu."), "{adas}");
    let bobs = visitor.get("/players/bob").await.body;
    assert!(bobs.contains("bob joue à Pong : 0 match gagné, 2 perdus."), "{bobs}");
    visitor.language = "en";
    assert!(visitor.get("/players/bob").await.body.contains("0 matches won, 2 lost"), "kept pages know their language");
}

#[tokio::test]
async fn a_finished_match_is_seen_within_two_seconds_by_strangers_and_at_once_by_its_players() {
    let site = Site::new().await;
    let (ada, bob) = (player(&site, "ada", "account").await, player(&site, "bob", "account").await);
    let (mut stranger, mut owner) = (site.visitor(), signed_in(&site, ada).await);
    let mut reader = signed_in(&site, bob).await;
    for visitor in [&mut stranger, &mut owner, &mut reader] {
        assert!(!visitor.get("/players/ada").await.body.contains("/matches/"));
    }
    let id = Finished::won_by(ada, bob).store(&site).await;
    let ended = Instant::now();
    let link = format!("/matches/{id}");
    assert!(owner.get("/players/ada").await.body.contains(&link), "the owner's page is never kept");
    for visitor in [&mut stranger, &mut reader] {
        while !visitor.get("/players/ada").await.body.contains(&link) {
            assert!(ended.elapsed() < Duration::from_secs(2));
            tokio::task::yield_now().await;
        }
    }
    while site.state.matches.latest_results(5).await.unwrap().first().map(|result| result.id) != Some(id) {
        assert!(ended.elapsed() < Duration::from_secs(2));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_page_of_a_person_never_reaches_another() {
    let site = Site::new().await;
    let ada = player(&site, "ada", "account").await;
    let mut owner = signed_in(&site, ada).await;
    let own = owner.get("/players/ada").await;
    assert!(own.body.contains("/logout"));
    let strange = site.visitor().get("/players/ada").await;
    assert!(!strange.body.contains("/logout") && strange.body.contains("/login"));
    assert!(owner.get("/players/ada").await.body.contains("/logout"), "nor the other way round");
    // Nor by a cookie whose name only a lenient reader takes for the session's.
    let value = &owner.cookies.iter().find(|(name, _)| name == "session").unwrap().1;
    for (path, name) in [("/players/ada?before=", "session "), ("/", "%73ession"), ("/", "SESSION")] {
        let cookie = format!("{name}={value}");
        site.visitor().send(axum::http::Method::GET, path, &[("cookie", &cookie)], String::new()).await;
        assert!(!site.visitor().get(path).await.body.contains("/logout"), "{cookie}");
    }
    // What is kept compressed is not given to who cannot read it.
    let packed = site
        .visitor()
        .send(axum::http::Method::GET, "/players/ada", &[("accept-encoding", "gzip")], String::new())
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(site.visitor().get("/players/ada").await.header("content-encoding"), "");
}

#[tokio::test]
async fn the_latest_results_are_those_that_somebody_won_in_front_of_others() {
    let site = Site::new().await;
    let (ada, bob) = (player(&site, "ada", "account").await, player(&site, "bob", "account").await);
    let common = Finished::won_by(ada, bob);
    let won = common.clone().store(&site).await;
    Finished { mode: "local", ..common.clone() }.store(&site).await;
    Finished { winner: None, reason: "abandoned", ..common.clone() }.store(&site).await;
    let later = Finished { finished_at: clock::now() + Duration::from_secs(1), ..common }.store(&site).await;
    let results = site.state.matches.latest_results(5).await.unwrap();
    assert_eq!(results.iter().map(|result| result.id).collect::<Vec<_>>(), [later, won]);
    let newest = results.first().unwrap();
    assert_eq!(newest.sides.iter().map(|side| (side.score, side.winner)).collect::<Vec<_>>(), [(11, true), (7, false)]);
}
