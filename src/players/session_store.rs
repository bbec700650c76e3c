//! Sessions of tower-sessions in the database. The key is a hash of the id in the cookie, keyed with the application's secret, so
//! that whoever reads the table or a backup cannot take over a session, and whoever writes to the table cannot make one.

use std::fmt;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    clock,
    config::secret::{self, Secret},
    db::{Db, DbError, schema::sessions},
};

/// The store.
#[derive(Clone)]
pub struct DieselStore {
    db: Db,
    secret: Option<Secret>,
}

impl fmt::Debug for DieselStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DieselStore")
    }
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

impl DieselStore {
    /// Keeps sessions in a database. With another secret, or none, none of the sessions of this one are found.
    #[must_use]
    pub fn new(db: Db, secret: Option<Secret>) -> Self {
        Self { db, secret }
    }

    fn key(&self, id: &Id) -> String {
        secret::keyed_hash(self.secret.as_ref(), "session", &id.to_string())
    }

    fn row(&self, record: &Record) -> Result<(String, String, clock::Moment)> {
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        Ok((self.key(&record.id), data, clock::to_moment(record.expiry_date)))
    }

    /// Removes expired sessions and returns how many.
    ///
    /// # Errors
    /// As [`Db::run`].
    pub async fn delete_expired(&self) -> std::result::Result<usize, DbError> {
        let now = clock::now();
        self.db
            .patient()
            .run(move |connection| {
                diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(connection)
            })
            .await
    }

    /// How many sessions have not expired.
    ///
    /// # Errors
    /// As [`Db::run`].
    pub async fn count(&self, now: clock::Moment) -> std::result::Result<i64, DbError> {
        self.db
            .run(move |connection| sessions::table.filter(sessions::expires_at.gt(now)).count().get_result(connection))
            .await
    }
}

#[async_trait::async_trait]
impl SessionStore for DieselStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (id, data, expires_at) = self.row(record)?;
        let row = (sessions::id.eq(id), sessions::data.eq(data), sessions::expires_at.eq(expires_at));
        // 128 random bits do not collide.
        self.db
            .run(move |connection| diesel::insert_into(sessions::table).values(row).execute(connection))
            .await
            .map_err(backend)?;
        Ok(())
    }

    /// Only changes a session that still exists: a request that was under way while its visitor logged out must not bring the
    /// session back.
    async fn save(&self, record: &Record) -> Result<()> {
        let (id, data, expires_at) = self.row(record)?;
        let change = (sessions::data.eq(data), sessions::expires_at.eq(expires_at));
        self.db
            .run(move |connection| diesel::update(sessions::table.find(id)).set(change).execute(connection))
            .await
            .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, session_id: &Id) -> Result<Option<Record>> {
        let (id, now) = (self.key(session_id), clock::now());
        let row: Option<(String, clock::Moment)> = self
            .db
            .run(move |connection| {
                sessions::table
                    .find(id)
                    .filter(sessions::expires_at.gt(now))
                    .select((sessions::data, sessions::expires_at))
                    .first(connection)
                    .optional()
            })
            .await
            .map_err(backend)?;
        row.map(|(data, expires_at)| {
            let data = serde_json::from_str(&data).map_err(|e| Error::Decode(e.to_string()))?;
            Ok(Record { id: *session_id, data, expiry_date: expires_at.assume_utc() })
        })
        .transpose()
    }

    async fn delete(&self, session_id: &Id) -> Result<()> {
        let id = self.key(session_id);
        self.db
            .run(move |connection| diesel::delete(sessions::table.find(id)).execute(connection))
            .await
            .map_err(backend)?;
        Ok(())
    }
}
