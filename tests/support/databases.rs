//! A database for each test: a SQLite file, or with `TEST_DATABASE_URL` one on that PostgreSQL server.

use std::sync::{
    Mutex, Once,
    atomic::{AtomicU32, Ordering},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use transcendence::db::{self, migrations};

/// A migrated database that nobody else uses, and the folder that it lives in.
pub fn fresh() -> (String, Option<tempfile::TempDir>) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("test.sqlite3").to_string_lossy().into_owned();
        migrations::run(&mut db::connect(&url).unwrap()).unwrap();
        return (url, Some(folder));
    };
    let (prefix, query) = server.split_once('?').unwrap_or((&server, ""));
    let at = |name: &str| {
        let base = prefix.rsplit_once('/').unwrap().0;
        if query.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{query}") }
    };
    let process = std::process::id();
    let template = format!("pong_template_{process}");
    let mut admin = PgConnection::establish(&server).unwrap();
    static TEMPLATE: Once = Once::new();
    TEMPLATE.call_once(|| {
        admin.batch_execute(&format!("CREATE DATABASE {template}")).unwrap();
        migrations::run(&mut db::connect(&at(&template)).unwrap()).unwrap();
    });
    let name = format!("pong_{process}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    // PostgreSQL copies a template only while nobody is connected to it.
    static COPYING: Mutex<()> = Mutex::new(());
    let _copying = COPYING.lock();
    admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
    (at(&name), None)
}

/// A database without any table that nobody else uses, and the folder that it lives in.
pub fn empty() -> (String, Option<tempfile::TempDir>) {
    let (url, folder) = fresh();
    if folder.is_none() {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    } else {
        std::fs::remove_file(&url).unwrap();
    }
    (url, folder)
}
