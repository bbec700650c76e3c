//! Matches as records: the pages of players and results, and how long they are kept in memory.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode};
use diesel::{Connection, ExpressionMethods, RunQueryDsl, connection::InstrumentationEvent, sql_types::Text};
use transcendence::{
    clock,
    db::{Kind, schema::matches},
    id::Id,
    matches::{cursor::Cursor, queries},
};

use crate::support::{
    Site,
    matches::{Finished, play_path},
};

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
async fn a_match_is_in_both_histories_each_with_its_own_points_first() {
    let site = Site::new().await;
    let (ada, grace) = (site.account("ada").await, site.guest("Grace").await);
    let id = Finished::won_by(ada, grace).store(&site).await;
    let mut visitor = site.visitor();
    let adas = words(&visitor.get("/players/ada").await.body);
    assert!(adas.contains("Matches that count 1 Won 1 Lost 0 Win rate 100%"), "{adas}");
    assert!(adas.contains("Won Grace 11 : 7"), "{adas}");
    assert!(adas.contains("Quick match 5:12"), "{adas}");
    let graces = visitor.get("/players/Grace").await;
    assert!(words(&graces.body).contains("Lost ada 7 : 11"), "{}", graces.body);
    assert!(words(&graces.body).contains("Guest"));
    assert_eq!(links(&graces.body, "/matches/"), [format!("/matches/{id}")]);
    assert!(graces.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_name_is_found_in_any_case_and_redirected_to_its_own_spelling() {
    let site = Site::new().await;
    site.account("Grace").await;
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
async fn an_empty_history_invites_its_owner_to_play_and_says_so_to_strangers() {
    let site = Site::new().await;
    let ada = site.account("ada").await;
    let mut owner = site.signed_in(ada).await.browser;
    let own = words(&owner.get("/players/ada").await.body);
    assert!(own.contains("Play your first match") && own.contains("Win rate –"), "{own}");
    let strange = words(&site.visitor().get("/players/ada").await.body);
    assert!(strange.contains("ada has not played yet") && !strange.contains("Play your first match"), "{strange}");
    let guest = site.guest("Guest-1").await;
    let mut guest = site.signed_in(guest).await.browser;
    assert!(
        guest.get("/players/Guest-1").await.body.contains("/signup\">"),
        "a guest is told how to keep their matches"
    );
}

#[tokio::test]
async fn paging_lists_every_match_once_even_when_many_ended_at_once() {
    let site = Site::new().await;
    let (ada, bob) = (site.account("ada").await, site.account("bob").await);
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

/// The statements that some work on a connection sends.
async fn statements<T: Send + 'static>(
    site: &Site,
    work: impl FnOnce(&mut transcendence::db::DbConnection) -> diesel::QueryResult<T> + Send + 'static,
) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    site.run(move |connection| {
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                noted.lock().unwrap().push(query.to_string());
            }
        });
        let done = work(connection);
        connection.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        done
    })
    .await;
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[tokio::test]
async fn a_page_makes_as_many_queries_for_a_full_list_as_for_an_empty_one_and_each_is_on_an_index() {
    let site = Site::new().await;
    let (ada, bob) = (site.account("ada").await, site.account("bob").await);
    let empty = statements(&site, |connection| queries::profile(connection, "ada", Cursor::NEWEST)).await;
    let mut last = Id(0);
    for _ in 0..25 {
        last = Finished::won_by(ada, bob).store(&site).await;
    }
    let full = statements(&site, |connection| queries::profile(connection, "ada", Cursor::NEWEST)).await;
    assert_eq!((empty.len(), full.len()), (2, 2));
    let result = statements(&site, move |connection| queries::found(connection, last)).await;
    let latest = statements(&site, |connection| queries::latest_results(connection, 10)).await;
    assert_eq!((result.len(), latest.len()), (2, 2));

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    if site.state.db.kind() == Kind::Sqlite {
        for statement in full.into_iter().chain(result).chain(latest) {
            let sql = statement.split(" -- binds").next().unwrap().to_owned();
            let plan = site
                .run(move |connection| diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(connection));
            for Step { detail } in plan.await {
                assert!(!detail.starts_with("SCAN"), "{statement}: {detail}");
                assert!(!detail.contains("TEMP B-TREE"), "{statement}: {detail}");
            }
        }
    }
}

#[tokio::test]
async fn the_page_of_a_result_tells_all_of_it() {
    let site = Site::new().await;
    let (ada, grace) = (site.account("ada").await, site.account("grace").await);
    let id = Finished::won_by(ada, grace).store(&site).await;
    let page = site.visitor().get(&format!("/matches/{id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(r#"<meta property="og:title" content="ada 11–7 grace">"#), "{}", page.body);
    let text = words(&page.body);
    assert!(text.contains("ada wins") && text.contains("5:12") && text.contains("34 returns"), "{text}");
    assert!(text.contains("42 ms 43 ms") && text.contains("Pauses 0 1 (4 s)"), "{text}");
    // The table lists what the chart draws.
    assert!(text.contains("0:10 ada 1 : 0 0:20 grace 1 : 1 5:12 ada 2 : 1"), "{text}");
    assert!(!page.body.contains("/rematch\""), "only those who played can ask for a rematch");
    let own = site.signed_in(grace).await.browser.get(&format!("/matches/{id}")).await;
    assert!(own.body.contains(&format!(r#"action="/matches/{id}/rematch""#)));
    assert!(own.body.contains("Both players have to agree"));
}

#[tokio::test]
async fn unusual_ends_and_sides_read_well() {
    let site = Site::new().await;
    let (ada, bob) = (site.account("ada").await, site.account("bob").await);
    let common = Finished::won_by(ada, bob);
    let mut owner = site.signed_in(ada).await.browser;

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
        (unplayed("no_show", "queue", [0, 60_000]), "Not played: bob did not show up"),
        (unplayed("no_show", "queue", [60_000, 60_000]), "Not played: nobody showed up"),
        (unplayed("aborted", "link", [0, 0]), "Not played: called off"),
        (unplayed("abandoned", "queue", [30_000, 30_000]), "No winner: both went away"),
        (unplayed("abandoned", "local", [0, 0]), "Stopped before the end"),
    ] {
        let seen = words(&owner.get(&format!("/matches/{}", case.store(&site).await)).await.body);
        assert!(seen.contains(headline), "{headline}: {seen}");
        let played = !headline.starts_with("Not played");
        assert_eq!(seen.contains("Nobody scored") && seen.contains("Connection quality"), played, "{seen}");
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
    assert!(!local.body.contains("Both players have to agree"));

    let strong = Finished {
        mode: "bot",
        sides: [(Some(ada), None, 11, "won"), (Some(Id(3)), None, 3, "lost")],
        ..common.clone()
    };
    let strong = owner.get(&format!("/matches/{}", strong.store(&site).await)).await;
    assert!(strong.body.contains("/players/Bot-Strong") && !strong.body.contains("Both players have to agree"));

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
    assert!(history.contains("Side by side") && history.contains("Against a bot"), "{history}");
}

#[tokio::test]
async fn a_match_in_progress_redirects_to_its_play_and_an_unknown_one_is_not_found() {
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
    site.run(move |connection| diesel::insert_into(matches::table).values(row).execute(connection)).await;
    let mut visitor = site.visitor();
    let live = visitor.get(&format!("/matches/{id}")).await;
    assert_eq!((live.status, live.location()), (StatusCode::SEE_OTHER, play_path(id).as_str()));
    for unknown in [Id::new().to_string(), "x".to_owned(), "é".repeat(11)] {
        let path = format!("/matches/{}", urlencoding::encode(&unknown));
        assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn counts_in_french_follow_french_grammar() {
    let site = Site::new().await;
    let (ada, bob) = (site.account("ada").await, site.account("bob").await);
    Finished::won_by(ada, bob).store(&site).await;
    Finished::won_by(ada, bob).store(&site).await;
    let mut visitor = site.visitor();
    visitor.language = "fr";
    let adas = visitor.get("/players/ada").await.body;
    assert!(adas.contains("ada joue à Pong : 2 matchs gagnés, 0 perdu."), "{adas}");
    let bobs = visitor.get("/players/bob").await.body;
    assert!(bobs.contains("bob joue à Pong : 0 match gagné, 2 perdus."), "{bobs}");
    visitor.language = "en";
    assert!(
        visitor.get("/players/bob").await.body.contains("0 matches won, 2 lost"),
        "a page is kept for each language"
    );
}

#[tokio::test]
async fn a_finished_match_is_seen_within_two_seconds_by_strangers_and_at_once_by_its_players() {
    let site = Site::new().await;
    let (ada, bob) = (site.account("ada").await, site.account("bob").await);
    let (mut stranger, mut owner) = (site.visitor(), site.signed_in(ada).await.browser);
    let mut reader = site.signed_in(bob).await.browser;
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
async fn a_page_rendered_for_one_person_never_reaches_another() {
    let site = Site::new().await;
    let ada = site.account("ada").await;
    let mut owner = site.signed_in(ada).await.browser;
    let own = owner.get("/players/ada").await;
    assert!(own.body.contains("/logout"));
    let strange = site.visitor().get("/players/ada").await;
    assert!(!strange.body.contains("/logout") && strange.body.contains("/login"));
    assert!(owner.get("/players/ada").await.body.contains("/logout"), "nor the other way round");
    // Nor with a cookie whose name only a lenient parser takes for that of the session.
    let value = &owner.cookies.iter().find(|(name, _)| name == "session").unwrap().1;
    for (path, name) in [("/players/ada?before=", "session "), ("/", "%73ession"), ("/", "SESSION")] {
        let cookie = format!("{name}={value}");
        site.visitor().send(Method::GET, path, &[("cookie", &cookie)], String::new()).await;
        assert!(!site.visitor().get(path).await.body.contains("/logout"), "{cookie}");
    }
    // A page kept compressed is not given to a browser that cannot read it.
    let packed = site.visitor().send(Method::GET, "/players/ada", &[("accept-encoding", "gzip")], String::new()).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(site.visitor().get("/players/ada").await.header("content-encoding"), "");
}

#[tokio::test]
async fn the_latest_results_leave_out_matches_without_a_winner_or_at_one_keyboard() {
    let site = Site::new().await;
    let (ada, bob) = (site.account("ada").await, site.account("bob").await);
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
