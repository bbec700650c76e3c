//! A site of its own for each test, and visitors that browse it.

pub mod bus;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use clap::Parser;
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use http_body_util::BodyExt;
use tower::ServiceExt;
use transcendence::{
    app,
    config::Config,
    db::{self, Db, migrations},
    state::AppState,
    web::listener::Peer,
};

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// A site over a fresh database.
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
        let (url, folder) = tokio::task::spawn_blocking(fresh_database).await.unwrap();
        let (config, db) = Self::settle(&url, settings);
        let state = AppState::new(config, db);
        Self { router: app(state.clone()), state, _folder: folder }
    }

    /// Two replicas of one site, over one database, and what they hear each other over.
    pub async fn two(settings: &[&str]) -> ([Self; 2], Arc<bus::Hub>) {
        let (url, folder) = tokio::task::spawn_blocking(fresh_database).await.unwrap();
        let hub = Arc::<bus::Hub>::default();
        let replica = |folder| {
            let (config, db) = Self::settle(&url, settings);
            let (cluster, relays) = bus::join(&hub, &url);
            let state = AppState::in_cluster(config, db, cluster, relays);
            Self { router: app(state.clone()), state, _folder: folder }
        };
        ([replica(folder), replica(None)], hub)
    }

    fn settle(url: &str, settings: &[&str]) -> (Config, Db) {
        let mut words = vec!["transcendence", "--database-url", url];
        // A busy machine is no failure; a test that wants to run out of patience says so.
        for (patience, seconds) in [("--database-wait", "60"), ("--request-timeout", "300")] {
            if !settings.contains(&patience) {
                words.extend([patience, seconds]);
            }
        }
        words.extend(settings);
        let config = Settings::parse_from(words).config;
        let db = Db::new(url, usize::from(config.database_pool), config.database_wait()).unwrap();
        (config, db)
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

    /// Somebody on the internal network, at the port for metrics and health.
    pub fn operator(&self) -> Visitor {
        Visitor { router: transcendence::internal(self.state.clone()), ..self.visitor() }
    }

    /// Somebody with an empty cookie jar at 127.0.0.1.
    pub fn visitor(&self) -> Visitor {
        Visitor {
            router: self.router.clone(),
            host: self.state.config.base_host().to_owned(),
            cookies: Vec::new(),
            address: "127.0.0.1:9".parse().unwrap(),
            language: "en",
        }
    }
}

/// A connection that the pool does not have for a while.
pub struct HeldConnection {
    release: std::sync::mpsc::Sender<()>,
    hog: tokio::task::JoinHandle<Result<(), db::DbError>>,
}

impl HeldConnection {
    /// The pool has it again.
    pub async fn give_back(self) {
        self.release.send(()).unwrap();
        self.hog.await.unwrap().unwrap();
    }
}

/// A migrated database that nobody else uses.
pub fn fresh_database() -> (String, Option<tempfile::TempDir>) {
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
    static TEMPLATE: std::sync::Once = std::sync::Once::new();
    TEMPLATE.call_once(|| {
        admin.batch_execute(&format!("CREATE DATABASE {template}")).unwrap();
        migrations::run(&mut db::connect(&at(&template)).unwrap()).unwrap();
    });
    let name = format!("pong_{process}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    // PostgreSQL copies a template only while nobody is connected to it.
    static COPYING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _copying = COPYING.lock();
    admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
    (at(&name), None)
}

/// A database without any table that nobody else uses.
pub fn empty_database() -> (String, Option<tempfile::TempDir>) {
    let (url, folder) = fresh_database();
    if folder.is_none() {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    } else {
        std::fs::remove_file(&url).unwrap();
    }
    (url, folder)
}

/// A browser without a screen: keeps cookies, follows nothing by itself.
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    /// What the address bar says.
    pub host: String,
    pub cookies: Vec<(String, String)>,
    pub address: SocketAddr,
    pub language: &'static str,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Visitor {
    /// The same browser at another site.
    pub fn at(self, router: Router) -> Self {
        Self { router, ..self }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Posts a form as a page of the site would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(k, v)| format!("{}={}", urlencoding::encode(k), urlencoding::encode(v)));
        let body = body.collect::<Vec<_>>().join("&");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        self.send(Method::POST, path, &headers, body).await
    }

    /// The same browser, its next requests sent to another replica.
    pub fn on(&self, site: &Site) -> Self {
        Self { router: site.router.clone(), ..self.clone() }
    }

    /// Opens a stream of server-sent events.
    pub async fn open(&self, path: &str) -> axum::body::BodyDataStream {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body().into_data_stream()
    }

    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// A request with what this visitor's browser always sends.
    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let peer = ConnectInfo(Peer { address: self.address, writer: None });
        let request = Request::builder().method(method).uri(path).extension(peer);
        let request = request.header("accept-language", self.language).header("host", &self.host);
        if self.cookies.is_empty() {
            return request;
        }
        let jar = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        request.header(header::COOKIE, jar)
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        self.cookies.retain(|(known, _)| known != name);
        if !cookie.contains("Max-Age=0") && !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}
