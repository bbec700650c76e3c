//! What the tests share: a site of its own for each of them, the people who visit it and the matches that they play.

pub mod bus;
pub mod databases;
pub mod events;
pub mod matches;
pub mod people;
pub mod programs;
pub mod running;
pub mod sockets;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use clap::Parser;
use diesel::QueryResult;
use transcendence::{
    config::Config,
    db::{Db, DbConnection, DbError},
    site::{app, layers, state::AppState},
};

/// Long enough for whatever a test waits for, on a busy machine too. A test that measures something has a bound of its own.
pub const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// A site in this process, over a fresh database.
pub struct Site {
    pub state: AppState,
    router: Router,
    _folder: Option<tempfile::TempDir>,
}

impl Site {
    /// With default settings.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With settings as on the command line, such as `&["--rate-limits", "off"]`.
    pub async fn with(settings: &[&str]) -> Self {
        let (url, folder) = tokio::task::spawn_blocking(databases::fresh).await.unwrap();
        let (config, db) = configure(&url, settings);
        Self::of(AppState::new(config, db), folder)
    }

    /// Two replicas of one site over one database, and the bus between them.
    pub async fn two(settings: &[&str]) -> ([Self; 2], Arc<bus::Hub>) {
        let (url, folder) = tokio::task::spawn_blocking(databases::fresh).await.unwrap();
        let hub = Arc::<bus::Hub>::default();
        let replica = |folder| {
            let (config, db) = configure(&url, settings);
            Self::of(AppState::in_cluster(config, db, bus::join(&hub, &url)), folder)
        };
        ([replica(folder), replica(None)], hub)
    }

    /// The site as another process has it: the same settings and the same database, and nothing else in common.
    pub fn again(&self) -> Self {
        self.over(self.state.db.clone())
    }

    /// The site with the same settings over another database.
    pub fn over(&self, db: Db) -> Self {
        Self::of(AppState::new((*self.state.config).clone(), db), None)
    }

    /// The site with other routes behind its layers.
    pub fn with_routes(&self, routes: Router<AppState>) -> Self {
        Self { router: layers::around(routes, self.state.clone()), state: self.state.clone(), _folder: None }
    }

    fn of(state: AppState, folder: Option<tempfile::TempDir>) -> Self {
        Self { router: app(state.clone()), state, _folder: folder }
    }

    /// Runs queries, which must succeed.
    pub async fn run<T, F>(&self, work: F) -> T
    where
        F: FnOnce(&mut DbConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.state.db.run(work).await.unwrap()
    }

    /// Takes a connection from the pool, and keeps it until [`HeldConnection::give_back`].
    pub async fn hold_connection(&self) -> HeldConnection {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let db = self.state.db.patient();
        let hog = tokio::spawn(async move {
            db.run(move |_| {
                let _ = started.send(());
                let _ = held.recv();
                Ok(())
            })
            .await
        });
        has_started.await.unwrap();
        HeldConnection { release, hog }
    }
}

/// A configuration for a database, and the pool that it asks for.
fn configure(url: &str, settings: &[&str]) -> (Config, Db) {
    let mut words = vec!["transcendence", "--database-url", url];
    // A busy machine must not fail a test; one that is about these limits sets them itself.
    for (limit, seconds) in [("--database-wait", "60"), ("--request-timeout", "300")] {
        if !settings.contains(&limit) {
            words.extend([limit, seconds]);
        }
    }
    words.extend(settings);
    let config = Settings::parse_from(words).config;
    let db = Db::new(url, usize::from(config.database.pool), config.database_wait()).unwrap();
    (config, db)
}

/// A connection that the pool has to do without for a while.
pub struct HeldConnection {
    release: std::sync::mpsc::Sender<()>,
    hog: tokio::task::JoinHandle<Result<(), DbError>>,
}

impl HeldConnection {
    /// Returns the connection to the pool.
    pub async fn give_back(self) {
        self.release.send(()).unwrap();
        self.hog.await.unwrap().unwrap();
    }
}

/// Repeats an attempt until it succeeds.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut attempt: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = attempt().await {
            return value;
        }
        assert!(Instant::now() < deadline, "it never happened that {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
