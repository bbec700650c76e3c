//! What every page has: headers, errors, languages, protection.

use axum::http::{Method, StatusCode};

use crate::support::Site;

#[tokio::test]
async fn who_only_reads_gets_no_cookie_and_no_session() {
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
async fn errors_are_designed_pages_and_json_for_who_asks() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    let page = visitor.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Out of the field"), "{}", page.body);
    let json = visitor.send(Method::GET, "/nowhere", &[("accept", "application/json")], String::new()).await;
    assert_eq!(json.status, StatusCode::NOT_FOUND);
    assert!(json.header("content-type").starts_with("application/json"));
    let wrong_method = visitor.send(Method::DELETE, "/", &[], String::new()).await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(wrong_method.body.contains("<h1>"));
    let huge = "language=".to_owned() + &"x".repeat(200_000);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let too_large = visitor.send(Method::POST, "/language", &headers, huge).await;
    assert_eq!(too_large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(too_large.body.contains("<h1>Too large"));
}

#[tokio::test]
async fn a_chosen_language_is_remembered_over_what_the_browser_asks() {
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
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    let body = "language=fr&next=/".to_owned();
    let answer = site.visitor().send(Method::POST, "/language", &headers, body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.headers.get("set-cookie").is_none());
}
