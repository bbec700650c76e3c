//! Health for load balancers and operators: whether the process is alive, and whether it is ready for visitors.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::Cluster,
    db::{Db, migrations},
    live::Live,
    page::errors::ForMachines,
    web::{self, schema_gate::Schema},
};

/// How long all checks may take together.
const PATIENCE: Duration = Duration::from_secs(3);

/// What one check found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Whether visitors can be served as far as this check is concerned.
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

/// What the checks look at.
pub struct Health {
    /// The database.
    pub db: Db,
    /// The other replicas.
    pub cluster: Cluster,
    /// Matches in progress.
    pub live: Live,
    /// Whether the schema is known.
    pub schema: Arc<Schema>,
    /// Cancelled when the site is told to stop.
    pub stopping: CancellationToken,
}

/// Runs every check. Each says in one line what is wrong.
pub async fn checks(health: &Health) -> Vec<Check> {
    let mut checks = vec![draining(health)];
    checks.extend(database(health).await);
    checks.push(valkey(health));
    checks
}

fn draining(health: &Health) -> Check {
    let stops = health.live.registry().is_draining() || health.stopping.is_cancelled();
    Check::new("draining", if stops { Err("the process is stopping".to_owned()) } else { Ok(String::new()) })
}

/// Without Valkey each replica carries on alone, which is better than no replica: worth reporting, but no reason to turn visitors
/// away.
fn valkey(health: &Health) -> Check {
    let lost = health.cluster.is_degraded();
    let detail = if lost { "does not answer; replicas cannot reach each other (VALKEY_URL)" } else { "" };
    Check::new("valkey", Ok(detail.to_owned()))
}

/// Whether the database answers, and whether this version knows its schema.
async fn database(health: &Health) -> [Check; 2] {
    let asked = health.db.run(|connection| Ok(migrations::status(connection)));
    let standing = match timeout(PATIENCE, asked).await {
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        Ok(answer) => answer.map_err(|error| error.to_string()).and_then(|read| read.map_err(|e| e.to_string())),
    };
    match standing {
        Err(error) => [
            Check::new("database", Err(error)),
            Check::new("schema", Err("unknown while the database does not answer".to_owned())),
        ],
        Ok(all) => {
            let schema = health.schema.judge(&all);
            [Check::new("database", Ok(String::new())), Check::new("schema", schema)]
        }
    }
}

/// `GET /health/live`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /health/ready`: whether the process wants visitors; public.
pub async fn ready(State(health): State<Arc<Health>>) -> (StatusCode, Extension<ForMachines>, &'static str) {
    match look(&health).await {
        (true, _) => (StatusCode::OK, Extension(ForMachines), "ready\n"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, Extension(ForMachines), "not ready\n"),
    }
}

/// `GET /health/ready` on the internal port: the same with every check, as lines or as JSON.
pub async fn ready_in_detail(State(health): State<Arc<Health>>, headers: HeaderMap) -> Response {
    let (ready, checks) = look(&health).await;
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

async fn look(health: &Health) -> (bool, Vec<Check>) {
    let checks = checks(health).await;
    let ready = checks.iter().all(|check| check.ok);
    for check in checks.iter().filter(|check| !check.ok) {
        tracing::warn!(check = check.name, detail = check.detail, "Not ready");
    }
    (ready, checks)
}
