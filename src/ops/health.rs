//! Health for balancers and operators: alive at all, and ready for visitors.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::time::timeout;

use crate::{db::migrations, state::AppState, web, web::error_pages::ForMachines};

/// How long all checks may take together.
const PATIENCE: Duration = Duration::from_secs(3);

/// What one check found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether visitors can be served as far as this goes.
    pub ok: bool,
    /// What is wrong, or worth knowing; for operators, never for visitors.
    pub detail: String,
}

impl Check {
    fn new(name: &'static str, found: Result<String, String>) -> Self {
        let ok = found.is_ok();
        let (Ok(detail) | Err(detail)) = found;
        Self { name, ok, detail }
    }
}

/// Every check. Each says in one line what is wrong.
pub async fn checks(state: &AppState) -> Vec<Check> {
    let mut checks = vec![draining(state)];
    checks.extend(database(state).await);
    checks.push(valkey(state));
    checks
}

fn draining(state: &AppState) -> Check {
    let stops = state.live.registry().is_draining() || state.stopping.is_cancelled();
    Check::new("draining", if stops { Err("the process was told to stop".to_owned()) } else { Ok(String::new()) })
}

/// Without Valkey each replica goes on by itself, which is better than none: worth knowing, no reason to send visitors away.
fn valkey(state: &AppState) -> Check {
    let lost = state.cluster.is_degraded();
    let detail = if lost { "does not answer; replicas do not hear each other (VALKEY_URL)" } else { "" };
    Check::new("valkey", Ok(detail.to_owned()))
}

/// Whether the database answers, and whether this version knows its schema.
async fn database(state: &AppState) -> [Check; 2] {
    let asked = state.db.run(|connection| Ok(migrations::status(connection)));
    let standing = match timeout(PATIENCE, asked).await {
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        Ok(answer) => answer.map_err(|error| error.to_string()).and_then(|read| read.map_err(|e| e.to_string())),
    };
    match standing {
        Err(error) => [
            Check::new("database", Err(error)),
            Check::new("schema", Err("not known while the database does not answer".to_owned())),
        ],
        Ok(all) => {
            let schema = state.schema.judge(&all);
            [Check::new("database", Ok(String::new())), Check::new("schema", schema)]
        }
    }
}

/// `GET /health/live`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /health/ready`: whether the process wants visitors, for anybody to know.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, Extension<ForMachines>, &'static str) {
    match state_of(&state).await {
        (true, _) => (StatusCode::OK, Extension(ForMachines), "ready\n"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, Extension(ForMachines), "not ready\n"),
    }
}

/// `GET /health/ready` on the internal port: the same with every check, as lines or as JSON.
pub async fn ready_in_detail(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let (ready, checks) = state_of(&state).await;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if web::wants_json(&headers) {
        return (status, Json(serde_json::json!({ "ready": ready, "checks": checks }))).into_response();
    }
    let lines = checks.iter().map(|check| {
        let colon = if check.detail.is_empty() { "" } else { ": " };
        format!("{} {}{colon}{}\n", if check.ok { "ok    " } else { "FAILED" }, check.name, check.detail)
    });
    let first = if ready { "ready\n" } else { "not ready\n" };
    (status, std::iter::once(first.to_owned()).chain(lines).collect::<String>()).into_response()
}

async fn state_of(state: &AppState) -> (bool, Vec<Check>) {
    let checks = checks(state).await;
    let ready = checks.iter().all(|check| check.ok);
    for check in checks.iter().filter(|check| !check.ok) {
        tracing::warn!(check = check.name, detail = check.detail, "Not ready");
    }
    (ready, checks)
}
