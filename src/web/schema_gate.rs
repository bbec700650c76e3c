//! Whether this version recognises the database's schema, and what visitors get until it does.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use prometheus_client::registry::Registry;

use crate::{
    db::migrations::{Place, Standing},
    error::Error,
    metrics::gauge,
};

/// What the process knows about the schema.
#[derive(Debug, Default)]
pub struct Schema {
    /// Pages wait: the schema does not match this version exactly yet, or what must be loaded is not loaded yet.
    held: AtomicBool,
}

impl Schema {
    /// Makes pages wait.
    pub fn hold(&self) {
        self.held.store(true, Ordering::Release);
    }

    /// Lets pages be answered.
    pub fn open(&self) {
        self.held.store(false, Ordering::Release);
    }

    /// Registers the metrics.
    pub fn register(self: &Arc<Self>, registry: &mut Registry) {
        let schema = Arc::clone(self);
        let help = "1 once the schema is known and pages are answered";
        gauge(registry, "schema_known", help, move || usize::from(schema.is_open()));
    }

    /// Whether pages are answered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.held.load(Ordering::Acquire)
    }

    /// Whether the schema is exactly this version's.
    ///
    /// # Errors
    /// One line that says what is wrong and what to do.
    pub fn compare(all: &[Standing]) -> Result<(), String> {
        let (pending, unknown) = (names(all, Place::Pending), names(all, Place::Unknown));
        if !pending.is_empty() {
            return Err(format!("pending: {pending}; run `transcendence migrate`"));
        }
        if !unknown.is_empty() {
            return Err(format!(
                "unknown to this version: {unknown}; start the version it belongs to, or revert it with that version's \
                 `transcendence migrate --revert 1`"
            ));
        }
        Ok(())
    }

    /// Whether visitors may be served on a schema in this state. At startup it must match this version exactly. Later a newer
    /// version may migrate while this one still runs; the rule for migrations (only ever add) allows for that.
    ///
    /// # Errors
    /// As [`Schema::compare`].
    pub fn judge(&self, all: &[Standing]) -> Result<String, String> {
        let unknown = names(all, Place::Unknown);
        match Self::compare(all) {
            Ok(()) if self.is_open() => Ok(String::new()),
            Ok(()) => Err("up to date; matches are being loaded".to_owned()),
            Err(_) if self.is_open() && names(all, Place::Pending).is_empty() => {
                Ok(format!("a newer version has migrated since: {unknown}"))
            }
            Err(why) => Err(why),
        }
    }
}

fn names(all: &[Standing], place: Place) -> String {
    let names: Vec<&str> = all.iter().filter(|one| one.place == place).map(|one| one.name.as_str()).collect();
    names.join(", ")
}

/// The layer: 503 for pages until the schema is known. Health and files need no database.
pub async fn wait(State(schema): State<Arc<Schema>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if schema.is_open() || path.starts_with("/health/") || path.starts_with("/static/") {
        return next.run(request).await;
    }
    Error::Unavailable("the schema is not known yet (DATABASE_URL)".to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(name: &str, place: Place) -> Standing {
        Standing { name: name.to_owned(), place }
    }

    #[test]
    fn a_start_needs_exactly_the_known_schema() {
        let schema = Schema::default();
        schema.hold();
        let [done, pending, unknown] =
            [("one", Place::Applied), ("two", Place::Pending), ("three", Place::Unknown)].map(|(n, p)| standing(n, p));
        assert!(
            schema
                .judge(&[done.clone(), pending.clone()])
                .is_err_and(|why| why.contains("two") && why.contains("migrate"))
        );
        assert!(schema.judge(&[done.clone(), unknown.clone()]).is_err_and(|why| why.contains("three")));
        schema.open();
        assert_eq!(schema.judge(std::slice::from_ref(&done)), Ok(String::new()));
        let meanwhile = schema.judge(&[done.clone(), unknown]);
        assert!(meanwhile.is_ok_and(|note| note.contains("three")), "a newer version beside this one is no harm");
        assert!(schema.judge(&[done, pending]).is_err(), "somebody took back what this version needs");
    }
}
