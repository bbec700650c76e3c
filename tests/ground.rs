//! What every page has: headers, errors, languages, protection.

use axum::http::{Method, StatusCode};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use transcendence::{assets, clock, db::schema::sessions};

use crate::support::{Site, people::FORM};

#[tokio::test]
async fn readers_get_no_cookie_and_no_session() {
    let site = Site::new().await;
    let home = site.visitor().get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.headers.get("set-cookie").is_none());
    assert!(home.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(!home.header("content-security-policy").contains("unsafe"));
    assert_eq!(home.header("strict-transport-security"), "", "plain HTTP on localhost");
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let site = Site::with(&["--base-url", "https://pong.example"]).await;
    assert!(site.visitor().get("/").await.header("strict-transport-security").contains("max-age=63072000"));
}

#[tokio::test]
async fn errors_are_designed_pages_or_json_for_clients_that_ask_for_it() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    let page = visitor.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Out of bounds"), "{}", page.body);
    let json = visitor.send(Method::GET, "/nowhere", &[("accept", "application/json")], String::new()).await;
    assert_eq!(json.status, StatusCode::NOT_FOUND);
    assert!(json.header("content-type").starts_with("application/json"));
    let wrong_method = visitor.send(Method::DELETE, "/", &[], String::new()).await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(wrong_method.body.contains("<h1>"));
    let huge = "language=".to_owned() + &"x".repeat(200_000);
    let headers = [("content-type", FORM)];
    let too_large = visitor.send(Method::POST, "/language", &headers, huge).await;
    assert_eq!(too_large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(too_large.body.contains("<h1>Too large"));
}

#[tokio::test]
async fn only_the_sites_own_names_are_served() {
    let site = Site::with(&["--base-url", "https://pong.example", "--hosts", "pong.example,www.pong.example"]).await;
    let mut visitor = site.visitor();
    for host in ["pong.example", "www.pong.example:443"] {
        visitor.host = host.to_owned();
        assert_eq!(visitor.get("/").await.status, StatusCode::OK, "{host}");
    }
    // Also when the page is already in the cache.
    for host in ["evil.example", "127.0.0.1", "pong.example.evil.example"] {
        visitor.host = host.to_owned();
        let refused = visitor.get("/").await;
        assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(refused.body.contains("<h1>Wrong address") && !refused.body.contains(host), "{}", refused.body);
        assert!(refused.body.contains(r#"href="https://pong.example/play""#), "{}", refused.body);
        assert!(refused.header("content-security-policy").starts_with("default-src 'none'"));
    }
    visitor.language = "fr";
    assert!(visitor.get("/login").await.body.contains("<h1>Mauvaise adresse"));
    let json = visitor.send(Method::GET, "/", &[("accept", "application/json")], String::new()).await;
    assert!(json.status == StatusCode::MISDIRECTED_REQUEST && json.body.contains(r#""error":"misdirected""#));
    assert_eq!(visitor.get("https://evil.example/").await.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(visitor.get("https://pong.example/").await.status, StatusCode::MISDIRECTED_REQUEST, "two names");
    assert_eq!(
        visitor.get(&assets::url("site.css")).await.status,
        StatusCode::OK,
        "the page of the refusal keeps its style sheet"
    );
}

#[tokio::test]
async fn links_name_the_configured_address_whatever_the_request_says() {
    let site = Site::with(&["--base-url", "https://pong.example", "--hosts", "*"]).await;
    let mut visitor = site.visitor();
    visitor.host = "evil.example".to_owned();
    let home = visitor.get("/").await;
    assert!(home.body.contains("https://pong.example/static/") && !home.body.contains("evil.example"), "{}", home.body);
}

#[tokio::test]
async fn a_chosen_language_wins_over_what_the_browser_asks_for() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    visitor.language = "fr-CA;q=0.8, en;q=0.3";
    assert!(visitor.get("/").await.body.contains(r#"<html lang="fr">"#));
    let chosen = visitor.post("/language", &[("language", "en"), ("next", "//evil.example")]).await;
    assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(visitor.get("/").await.body.contains(r#"<html lang="en">"#));
    assert_eq!(visitor.post("/language", &[("language", "xx"), ("next", "/")]).await.status, 422);
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let site = Site::new().await;
    let headers = [("content-type", FORM), ("sec-fetch-site", "cross-site")];
    let body = "language=fr&next=/".to_owned();
    let answer = site.visitor().send(Method::POST, "/language", &headers, body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn an_exhausted_pool_is_answered_with_503_and_when_to_come_back() {
    let site = Site::with(&["--database-pool", "1", "--database-wait", "1"]).await;
    let held = site.hold_connection().await;
    let busy = site.visitor().get("/players/ada").await;
    busy.assert_busy();
    assert_eq!(busy.header("retry-after"), "2");
    assert!(busy.body.contains("Try again"), "{}", busy.body);
    held.give_back().await;
    assert_eq!(site.visitor().get("/players/ada").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn expired_sessions_open_nothing_and_are_removed() {
    let site = Site::new().await;
    let mut guest = site.visitor();
    guest.play_bot().await;
    assert!(guest.get("/play").await.body.contains("Guest-"));
    let past = clock::now() - time::Duration::hours(1);
    let expire = move |connection: &mut _| {
        diesel::update(sessions::table).set(sessions::expires_at.eq(past)).execute(connection)
    };
    assert_eq!(site.run(expire).await, 1);
    assert!(!guest.get("/play").await.body.contains("Guest-"));
    assert_eq!(site.state.sessions.delete_expired().await.unwrap(), 1);
    let left: i64 = site.run(|connection| sessions::table.count().get_result(connection)).await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn static_files_are_immutable_compressed_and_revalidated_by_their_tag() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    let url = assets::url("site.css");
    for (accepts, coding) in [("br, gzip", "br"), ("gzip", "gzip"), ("identity", "")] {
        let css = visitor.send(Method::GET, &url, &[("accept-encoding", accepts)], String::new()).await;
        assert_eq!((css.status, css.header("content-encoding")), (StatusCode::OK, coding));
        assert_eq!(css.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(css.header("content-type"), "text/css; charset=utf-8");
        let tag = css.header("etag").to_owned();
        let again = [("accept-encoding", accepts), ("if-none-match", tag.as_str())];
        assert_eq!(visitor.send(Method::GET, &url, &again, String::new()).await.status, StatusCode::NOT_MODIFIED);
    }
    for nowhere in ["/static/x/../Cargo.toml", "/static/x/..%2F..%2FCargo.toml", "/static/x/none.css"] {
        assert_eq!(visitor.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}
