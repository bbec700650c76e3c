//! Sessions of tower-sessions in the database. The key is a hash of the id in the cookie, so that who reads the table cannot
//! take over a session.

use std::{fmt, time::Duration};

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use sha2::{Digest, Sha256};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use super::{Db, schema::sessions};
use crate::clock;

/// The store.
#[derive(Clone)]
pub struct DieselStore(pub Db);

impl fmt::Debug for DieselStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DieselStore")
    }
}

fn key(id: &Id) -> String {
    Sha256::digest(id.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

impl DieselStore {
    /// Removes expired sessions and returns how many.
    ///
    /// # Errors
    /// As [`Db::run`].
    pub async fn delete_expired(&self) -> std::result::Result<usize, super::DbError> {
        let now = clock::now();
        self.0.run(move |c| diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(c)).await
    }

    /// Removes expired sessions every `period`, for ever.
    pub async fn keep_clean(self, period: Duration) {
        let mut timer = tokio::time::interval(period);
        loop {
            timer.tick().await;
            match self.delete_expired().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "Expired sessions removed"),
                Err(error) => tracing::warn!(%error, "Expired sessions stay for now"),
            }
        }
    }
}

fn row(record: &Record) -> Result<(String, String, clock::Moment)> {
    let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
    Ok((key(&record.id), data, clock::to_moment(record.expiry_date)))
}

#[async_trait::async_trait]
impl SessionStore for DieselStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (id, data, expires_at) = row(record)?;
        let row = (sessions::id.eq(id), sessions::data.eq(data), sessions::expires_at.eq(expires_at));
        // 128 random bits do not collide.
        self.0.run(move |c| diesel::insert_into(sessions::table).values(row).execute(c)).await.map_err(backend)?;
        Ok(())
    }

    /// Only changes a session that is still there: a request that was under way while its visitor logged out must not bring
    /// the session back.
    async fn save(&self, record: &Record) -> Result<()> {
        let (id, data, expires_at) = row(record)?;
        let change = (sessions::data.eq(data), sessions::expires_at.eq(expires_at));
        self.0.run(move |c| diesel::update(sessions::table.find(id)).set(change).execute(c)).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, session_id: &Id) -> Result<Option<Record>> {
        let (id, now) = (key(session_id), clock::now());
        let row: Option<(String, clock::Moment)> = self
            .0
            .run(move |c| {
                sessions::table
                    .find(id)
                    .filter(sessions::expires_at.gt(now))
                    .select((sessions::data, sessions::expires_at))
                    .first(c)
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
        let id = key(session_id);
        self.0.run(move |c| diesel::delete(sessions::table.find(id)).execute(c)).await.map_err(backend)?;
        Ok(())
    }
}
