//! Whether this version knows the database's schema, and what visitors get until it does.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    db::migrations::{Place, Standing},
    error::Error,
    state::AppState,
};

/// What the process knows of the schema.
#[derive(Default)]
pub struct Schema {
    /// Pages wait: the schema was not exactly this version's yet, or what has to be loaded is not.
    held: AtomicBool,
}

impl Schema {
    /// Pages wait from now on.
    pub fn hold(&self) {
        self.held.store(true, Ordering::Release);
    }

    /// Pages are answered from now on.
    pub fn open(&self) {
        self.held.store(false, Ordering::Release);
    }

    /// Whether pages are answered.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.held.load(Ordering::Acquire)
    }

    /// Whether the schema is exactly this version's.
    ///
    /// # Errors
    /// What is wrong and what to do, in one line.
    pub fn compare(all: &[Standing]) -> Result<(), String> {
        let (pending, unknown) = (names(all, Place::Pending), names(all, Place::Unknown));
        if !pending.is_empty() {
            return Err(format!("pending: {pending}; run `transcendence migrate`"));
        }
        if !unknown.is_empty() {
            return Err(format!(
                "unknown to this version: {unknown}; start the version that it belongs to, or take it back with that version's \
                 `transcendence migrate --revert 1`"
            ));
        }
        Ok(())
    }

    /// Whether visitors may be served on a schema that stands like this. At the start it must be exactly this version's. Later
    /// a newer version may migrate while this one still runs, which the rule for migrations (only ever add) allows for.
    ///
    /// # Errors
    /// As [`Schema::compare`].
    pub fn judge(&self, all: &[Standing]) -> Result<String, String> {
        let unknown = names(all, Place::Unknown);
        match Self::compare(all) {
            Ok(()) if self.is_open() => Ok(String::new()),
            Ok(()) => Err("up to date; matches are being loaded".to_owned()),
            Err(_) if self.is_open() && names(all, Place::Pending).is_empty() => {
                Ok(format!("a newer version migrated meanwhile: {unknown}"))
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
pub async fn wait(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if state.schema.is_open() || path.starts_with("/health/") || path.starts_with("/static/") {
        return next.run(request).await;
    }
    Error::Unavailable("the schema is not known (DATABASE_URL)".to_owned()).into_response()
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
