//! Health, schema and figures, as operators and their tools see them.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use diesel::{RunQueryDsl, sql_query};
use transcendence::assets;

use crate::support::Site;

impl Site {
    async fn execute(&self, sql: &'static str) {
        self.run(move |connection| sql_query(sql).execute(connection)).await;
    }
}

#[tokio::test]
async fn visitors_learn_whether_the_site_is_ready_and_operators_why_not() {
    let site = Site::new().await;
    let (mut visitor, mut operator) = (site.visitor(), site.operator());
    let ready = visitor.get("/health/ready").await;
    assert_eq!((ready.status, ready.body.as_str()), (StatusCode::OK, "ready\n"));
    assert_eq!(visitor.get("/metrics").await.status, StatusCode::NOT_FOUND, "figures are not for everybody");

    site.execute("DELETE FROM __diesel_schema_migrations WHERE version LIKE '20261122120000%'").await;
    let away = visitor.get("/health/ready").await;
    assert_eq!((away.status, away.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"));
    let why = operator.get("/health/ready").await;
    assert_eq!(why.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(why.body.contains("FAILED schema: pending: 2026-11-22-120000"), "{}", why.body);
    assert!(why.body.contains("ok     database"), "{}", why.body);
    let json = operator.send(Method::GET, "/health/ready", &[("accept", "application/json")], String::new()).await;
    let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(json["ready"], false);

    assert_eq!(visitor.get("/health/live").await.status, StatusCode::OK);
    operator.host = "10.0.0.7:9090".to_owned();
    assert_eq!(operator.get("/health/live").await.status, StatusCode::OK, "Prometheus asks by address");
}

#[tokio::test]
async fn a_start_on_a_newer_schema_is_refused_but_a_migration_by_a_newer_replica_is_not() {
    let site = Site::new().await;
    site.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')").await;
    let beside = site.operator().get("/health/ready").await;
    assert!(beside.status == StatusCode::OK && beside.body.contains("29990101000000"), "{}", beside.body);
    site.state.schema.hold();
    let refused = site.operator().get("/health/ready").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.body.contains("FAILED schema: unknown to this version: 29990101000000"), "{}", refused.body);
}

#[tokio::test]
async fn a_process_that_is_stopping_is_not_ready() {
    let site = Site::new().await;
    site.state.stopping.cancel();
    assert_eq!(site.visitor().get("/health/ready").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(site.operator().get("/health/ready").await.body.contains("FAILED draining"));
}

#[tokio::test]
async fn until_the_schema_is_ready_every_page_asks_to_come_back() {
    let site = Site::new().await;
    site.state.schema.hold();
    let mut visitor = site.visitor();
    let page = visitor.get("/").await;
    page.assert_busy();
    assert_eq!(page.header("retry-after"), "2");
    assert_eq!(visitor.get(&assets::url("site.css")).await.status, StatusCode::OK);
    assert_eq!(visitor.get("/health/live").await.status, StatusCode::OK);
    site.state.schema.open();
    assert_eq!(visitor.get("/").await.status, StatusCode::OK);
}

/// The value of a figure, with its labels as they are written.
fn figure(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn figures_count_what_happened() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    for _ in 0..3 {
        visitor.get("/about").await;
    }
    visitor.get("/players/zebra").await;
    visitor.get("/no/such/page").await;
    visitor.log_in("ada", "wrong").await;
    assert_eq!(visitor.sign_up("ada").await.status, StatusCode::SEE_OTHER);
    let shown = site.operator().get("/metrics").await;
    assert!(shown.header("content-type").starts_with("application/openmetrics-text"));
    let is = |name: &str, value: f64| assert_eq!(figure(&shown.body, name), Some(value), "{name} in {}", shown.body);
    is(r#"transcendence_http_requests_total{method="GET",route="/about",status="200"}"#, 3.0);
    is(r#"transcendence_http_requests_total{method="GET",route="/players/{name}",status="404"}"#, 1.0);
    is(r#"transcendence_http_requests_total{method="GET",route="-",status="404"}"#, 1.0);
    is(r#"transcendence_http_request_duration_seconds_count{route="/about"}"#, 3.0);
    is(r#"transcendence_log_ins_total{outcome="failure"}"#, 1.0);
    is(r#"transcendence_log_ins_total{outcome="success"}"#, 0.0);
    is("transcendence_sign_ups_total", 1.0);
    is("transcendence_http_requests_in_flight", 0.0);
    is("transcendence_db_pool_max", 8.0);
    is("transcendence_schema_known", 1.0);
    for positive in
        ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"]
    {
        assert!(figure(&shown.body, positive).is_some_and(|value| value > 0.0), "{positive} in {}", shown.body);
    }
    assert!(!shown.body.contains("zebra"), "paths, which may be secret, are never labels");
}

#[tokio::test]
async fn timed_out_waits_for_a_database_connection_are_counted() {
    let site = Site::with(&["--database-pool", "1", "--database-wait", "1"]).await;
    let held = site.hold_connection().await;
    assert_eq!(site.visitor().get("/players/ada").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let text = site.operator().get("/metrics").await.body;
    assert!(figure(&text, "transcendence_db_pool_timeouts_total").is_some_and(|count| count >= 1.0), "{text}");
    held.give_back().await;
}

/// The names of figures in a text: rules, or a dashboard.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("transcendence_") || word.starts_with("process_"))
        .collect()
}

#[tokio::test]
async fn every_figure_named_in_rules_dashboard_and_manual_is_exported() {
    let site = Site::new().await;
    site.state.start();
    site.visitor().get("/").await;
    let text = site.operator().get("/metrics").await.body;
    let there = names(&text);
    for (file, content) in [
        ("alerts.yml", include_str!("../deploy/prometheus/alerts.yml")),
        ("transcendence.json", include_str!("../deploy/grafana/dashboards/transcendence.json")),
        ("operations.md", include_str!("../docs/operations.md")),
    ] {
        let named = names(content);
        assert!(named.len() > 5, "{file} names figures");
        for name in named {
            assert!(there.contains(name), "{file} names {name}, which nothing exports");
        }
    }
    let manual = names(include_str!("../docs/operations.md"));
    let told = text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next());
    for name in told {
        assert!(manual.iter().any(|told| told.starts_with(name)), "{name} is not in docs/operations.md");
    }
}
