//! People at a site: visitors, guests and signed-in players in this process, and persons who reach another process over HTTP.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header, request},
    response::Response,
};
use diesel::{ExpressionMethods, RunQueryDsl};
use http_body_util::BodyExt;
use reqwest::{
    cookie::{CookieStore, Jar},
    redirect::Policy,
};
use tower::ServiceExt;
use tower_sessions::Session;
use transcendence::{
    clock,
    db::schema::players,
    id::Id,
    players::{model::PlayerKind, session},
    web::address::Peer,
};

use super::{PATIENCE, Site};

/// The password of everybody who signs up with [`Visitor::sign_up`] or [`Person::sign_up`].
pub const PASSWORD: &str = "quite-a-long-rally-of-1972";
/// The form that starts a match against a bot.
pub const BOT: [(&str, &str); 2] = [("strength", "weak"), ("points", "3")];
/// How a form is encoded.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// What a site answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    pub took: Duration,
}

impl Answer {
    /// A header's value; empty without one.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A cookie that is set, with its attributes; empty when there is none of this name.
    pub fn set_cookie(&self, name: &str) -> &str {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies.into_iter().find(|cookie| cookie.starts_with(&format!("{name}="))).unwrap_or_default()
    }

    /// The match that a redirect leads to.
    pub fn match_id(&self) -> Option<String> {
        Some(self.location().strip_prefix("/matches/")?.strip_suffix("/play")?.to_owned())
    }

    /// The path of the match that this redirects to.
    pub fn match_path(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        assert!(self.match_id().is_some(), "{}", self.location());
        self.location().to_owned()
    }

    /// Fails unless this is the designed page that asks to come back, and says when.
    pub fn assert_busy(&self) {
        assert_eq!(self.status, StatusCode::SERVICE_UNAVAILABLE, "{}", self.body);
        assert!(self.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{:?}", self.headers);
        assert!(self.body.contains("<h1>Back in a moment"), "{}", self.body);
    }
}

impl Site {
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

    /// Somebody on the internal network, at the port for metrics and health.
    pub fn operator(&self) -> Visitor {
        Visitor { router: transcendence::site::internal(self.state.clone()), ..self.visitor() }
    }

    /// A player with an account that nobody has signed in to.
    pub async fn account(&self, name: &str) -> Id {
        self.store_player(name, PlayerKind::Account).await
    }

    /// A guest whose browser is closed.
    pub async fn guest(&self, name: &str) -> Id {
        self.store_player(name, PlayerKind::Guest).await
    }

    async fn store_player(&self, name: &str, kind: PlayerKind) -> Id {
        let id = Id::new();
        let row = (
            players::id.eq(id),
            players::kind.eq(kind),
            players::name_key.eq(name.to_lowercase()),
            players::name.eq(name.to_owned()),
            players::joined_at.eq(clock::now()),
        );
        let insert = |connection: &mut _| diesel::insert_into(players::table).values(row).execute(connection);
        self.run(insert).await;
        id
    }

    /// A player in a browser with a new session.
    pub async fn signed_in(&self, id: Id) -> Player {
        let session = Session::new(None, Arc::new(self.state.sessions.clone()), None);
        session::begin(&session, id, true, &self.state.config).await.unwrap();
        session.save().await.unwrap();
        let mut browser = self.visitor();
        browser.cookies.push(("session".to_owned(), session.id().unwrap().to_string()));
        Player { id, browser }
    }

    /// A player with an account, signed in.
    pub async fn player(&self, name: &str) -> Player {
        self.signed_in(self.account(name).await).await
    }
}

/// Somebody who plays, and their browser.
pub struct Player {
    pub id: Id,
    pub browser: Visitor,
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

impl Visitor {
    /// The same browser, its next requests sent to another process.
    pub fn on(&self, site: &Site) -> Self {
        Self { router: site.router.clone(), ..self.clone() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Posts a form as a page of the site would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(k, v)| format!("{}={}", urlencoding::encode(k), urlencoding::encode(v)));
        let body = body.collect::<Vec<_>>().join("&");
        self.send(Method::POST, path, &[("content-type", FORM), ("sec-fetch-site", "same-origin")], body).await
    }

    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let began = Instant::now();
        let (parts, body) = self.ask(request.body(Body::from(body)).unwrap()).await.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let body = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        Answer { status: parts.status, headers: parts.headers, body, took: began.elapsed() }
    }

    /// Sends a request; its answer's body is still to be read.
    pub(super) async fn ask(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A request with what this visitor's browser always sends.
    pub(super) fn request(&self, method: Method, path: &str) -> request::Builder {
        let peer = ConnectInfo(Peer { address: self.address, writer: None });
        let request = Request::builder().method(method).uri(path).extension(peer);
        let request = request.header("accept-language", self.language).header("host", &self.host);
        if self.cookies.is_empty() { request } else { request.header(header::COOKIE, self.cookie_header()) }
    }

    /// All cookies, as they are sent.
    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        self.cookies.retain(|(known, _)| known != name);
        if !cookie.contains("Max-Age=0") && !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The id of the session.
    pub fn session(&self) -> Option<String> {
        self.cookies.iter().find(|(name, _)| name.ends_with("session")).map(|(_, value)| value.clone())
    }

    /// Asks for an account of this name, with the e-mail address `name@example.org` and [`PASSWORD`].
    pub async fn sign_up(&mut self, name: &str) -> Answer {
        self.post("/signup", &sign_up_form(name, &email_of(name))).await
    }

    pub async fn log_in(&mut self, login: &str, password: &str) -> Answer {
        self.post("/login", &[("login", login), ("password", password)]).await
    }

    /// Whether the header of a page offers to log out.
    pub async fn is_signed_in(&mut self) -> bool {
        self.get("/about").await.body.contains(r#"action="/logout""#)
    }

    /// Starts a match against a bot.
    pub async fn play_bot(&mut self) -> Answer {
        self.post("/play/bot", &BOT).await
    }

    /// Makes an invitation; the path of its page.
    pub async fn invite(&mut self, points: &str) -> String {
        let made = self.try_invite(points).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        made.location().to_owned()
    }

    pub async fn try_invite(&mut self, points: &str) -> Answer {
        self.post("/play/link", &[("points", points)]).await
    }

    /// Enters the queue.
    pub async fn wait(&mut self, points: &str) -> Answer {
        self.post("/play/queue", &[("points", points)]).await
    }
}

fn email_of(name: &str) -> String {
    format!("{name}@example.org")
}

/// The form to sign up, filled in.
pub fn sign_up_form<'a>(name: &'a str, email: &'a str) -> [(&'a str, &'a str); 3] {
    [("name", name), ("email", email), ("password", PASSWORD)]
}

/// Somebody whose browser reaches a site in another process. Requests fail while that process is down.
#[derive(Clone)]
pub struct Person {
    client: reqwest::Client,
    jar: Arc<Jar>,
    pub(super) address: SocketAddr,
}

impl Person {
    /// Somebody with an empty cookie jar.
    pub fn at(address: SocketAddr) -> Self {
        let jar = Arc::new(Jar::default());
        let client = reqwest::Client::builder().cookie_provider(Arc::clone(&jar)).redirect(Policy::none());
        let client = client.timeout(PATIENCE).no_proxy().build().unwrap();
        Self { client, jar, address }
    }

    /// A path as an absolute URL; that of the site itself for an empty path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<Answer> {
        self.send(self.client.get(self.url(path))).await
    }

    /// Posts a form as a page of the site would.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Result<Answer> {
        self.send(self.client.post(self.url(path)).header("sec-fetch-site", "same-origin").form(fields)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let began = Instant::now();
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await?;
        Ok(Answer { status, headers, body, took: began.elapsed() })
    }

    /// All cookies, as they are sent.
    pub fn cookie_header(&self) -> String {
        let cookies = self.jar.cookies(&self.url("").parse().unwrap());
        cookies.map_or_else(String::new, |cookies| cookies.to_str().unwrap().to_owned())
    }

    /// Asks for an account of this name, as [`Visitor::sign_up`] does.
    pub async fn sign_up(&self, name: &str) -> reqwest::Result<Answer> {
        self.post("/signup", &sign_up_form(name, &email_of(name))).await
    }

    /// Starts a match against a bot.
    pub async fn play_bot(&self) -> reqwest::Result<Answer> {
        self.post("/play/bot", &BOT).await
    }

    /// Meets another guest by link, in a match that this person made; the match's id.
    pub async fn meet(&self, other: &Self, points: &str) -> Option<String> {
        let invited = self.post("/play/link", &[("points", points)]).await.ok()?;
        other.post(invited.location(), &[]).await.ok()?.match_id()
    }
}
