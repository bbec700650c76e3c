//! Live play over real sockets: two browsers' worth of WebSockets against a served site.

use std::{net::SocketAddr, time::Duration};

use axum::http::StatusCode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, protocol::frame::coding::CloseCode},
};
use tower_sessions::Session;
use transcendence::{
    accounts, app, clock,
    db::schema::{match_chunks, matches, players, seats},
    id::Id,
    live::model::{Mode, NewMatch, NewSeat, Rematch},
    pong::Rules,
    state::AppState,
    web::{listener::BoundedListener, server},
};

use crate::support::Site;

/// Long enough for everything that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A site that listens on a port of its own.
pub struct Served {
    pub state: AppState,
    pub address: SocketAddr,
    pub task: JoinHandle<()>,
}

impl Served {
    pub async fn start(state: AppState) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = BoundedListener::new(listener, 100);
        let task = tokio::spawn(server::serve(listener, app(state.clone()), PATIENCE, state.stopping.clone()));
        Self { state, address, task }
    }

    /// A player of any kind, with a session.
    pub async fn player(&self, name: &str) -> Player {
        let (id, name) = (Id::new(), name.to_owned());
        let row = (
            players::id.eq(id),
            players::kind.eq("account"),
            players::name_key.eq(name.to_lowercase()),
            players::name.eq(name),
            players::joined_at.eq(clock::now()),
        );
        self.state
            .db
            .run(move |connection| diesel::insert_into(players::table).values(row).execute(connection))
            .await
            .unwrap();
        self.signed_in(id).await
    }

    /// A player with a new session.
    pub async fn signed_in(&self, id: Id) -> Player {
        let store = std::sync::Arc::new(self.state.sessions.clone());
        let session = Session::new(None, store, None);
        accounts::session::begin(&session, id, true, &self.state.config).await.unwrap();
        session.save().await.unwrap();
        Player { id, cookie: format!("session={}", session.id().unwrap()) }
    }

    pub async fn make(&self, mode: Mode, seats: Vec<NewSeat>) -> Id {
        let new = NewMatch { mode, rules: Rules::classic(3).unwrap(), seats };
        let live = self.state.live.clone();
        self.state.db.write(move |connection| live.create(connection, &new)).await.unwrap()
    }

    pub async fn socket(&self, id: Id, player: &Player) -> Socket {
        self.try_socket(id, &player.cookie, &[]).await.unwrap()
    }

    pub async fn try_socket(
        &self,
        id: Id,
        cookie: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, StatusCode> {
        let mut request = format!("ws://{}/live/{id}", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "pong.v1".parse().unwrap());
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, answer)) => {
                assert_eq!(answer.headers()["sec-websocket-protocol"], "pong.v1");
                Ok(Socket(stream))
            }
            Err(tungstenite::Error::Http(answer)) => Err(answer.status()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Ada and Bob, whose match has just begun.
    async fn playing(&self, mode: Mode) -> Playing {
        let (ada, bob) = (self.player("Ada").await, self.player("Bob").await);
        let id = self.make(mode, both(&ada, &bob)).await;
        let (mut left, right) = (self.socket(id, &ada).await, self.socket(id, &bob).await);
        left.hear("go").await;
        Playing { id, ada, bob, left, right }
    }

    pub async fn status_of(&self, id: Id) -> String {
        let read = move |connection: &mut _| matches::table.find(id).select(matches::status).first(connection);
        self.state.db.run(read).await.unwrap()
    }

    pub async fn wait_for_result(&self, id: Id) {
        let stored = async {
            while self.status_of(id).await != "finished" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, stored).await.expect("the result was not stored");
    }

    pub async fn won_and_lost(&self, player: &Player) -> (i64, i64) {
        let id = player.id;
        let read =
            move |connection: &mut _| players::table.find(id).select((players::won, players::lost)).first(connection);
        self.state.db.run(read).await.unwrap()
    }

    pub async fn chunks(&self, id: Id) -> i64 {
        let read = move |connection: &mut _| {
            match_chunks::table.filter(match_chunks::match_id.eq(id)).count().get_result(connection)
        };
        self.state.db.run(read).await.unwrap()
    }
}

pub struct Player {
    pub id: Id,
    pub cookie: String,
}

/// A match with a socket on each seat.
struct Playing {
    id: Id,
    ada: Player,
    bob: Player,
    left: Socket,
    right: Socket,
}

pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn say(&mut self, message: Value) {
        self.try_say(message).await.unwrap();
    }

    pub async fn try_say(&mut self, message: Value) -> Result<(), tungstenite::Error> {
        self.0.send(Message::text(message.to_string())).await
    }

    /// The next message of a kind; what comes before is passed over.
    pub async fn hear(&mut self, kind: &str) -> Value {
        let hearing = async {
            loop {
                if let Message::Text(text) = self.0.next().await.expect("the socket ended").unwrap() {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["t"] == kind {
                        return message;
                    }
                }
            }
        };
        timeout(PATIENCE, hearing).await.unwrap_or_else(|_| panic!("never heard {kind}"))
    }

    pub async fn closed(&mut self) -> (u16, String) {
        let closing = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return (u16::from(frame.code), frame.reason.to_string()),
                    Some(Ok(_)) => {}
                    other => panic!("ended without a reason: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, closing).await.expect("the socket stays open")
    }
}

pub fn both(ada: &Player, bob: &Player) -> Vec<NewSeat> {
    vec![NewSeat::Player(ada.id), NewSeat::Player(bob.id)]
}

#[tokio::test]
async fn two_players_meet_steer_and_the_result_of_a_match_given_up_is_in_both_histories() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let (ada, bob) = (served.player("Ada").await, served.player("Bob").await);
    let id = served.make(Mode::Queue, both(&ada, &bob)).await;

    let mut left = served.socket(id, &ada).await;
    let join = left.hear("join").await;
    assert_eq!((&join["you"], &join["phase"]), (&json!([0]), &json!("waiting")));
    assert_eq!(join["seats"][1]["name"], "Bob");
    let mut right = served.socket(id, &bob).await;
    assert_eq!(right.hear("join").await["you"], json!([1]));
    let go = left.hear("go").await;
    assert_eq!(right.hear("go").await, go);

    left.say(json!({"t": "in", "n": 1, "k": 0, "d": -1})).await;
    assert_eq!(right.hear("in").await, json!({"t": "in", "s": 0, "k": 0, "d": -1}));
    right.say(json!({"t": "in", "n": 1, "k": 100_000, "d": 1})).await;
    assert_eq!(right.hear("in").await["n"], 1, "moved to what may be accepted");
    left.say(json!({"t": "ping", "c": 5})).await;
    let pong = left.hear("pong").await;
    assert_eq!((&pong["c"], &pong["n"]), (&json!(5), &json!(1)));
    assert!(pong["s"].as_u64().unwrap() >= join["now"].as_u64().unwrap());

    right.say(json!({"t": "leave"})).await;
    let end = left.hear("end").await;
    assert_eq!((&end["why"], &end["winner"]), (&json!("left"), &json!(0)));
    served.wait_for_result(id).await;
    assert_eq!(served.won_and_lost(&ada).await, (1, 0));
    assert_eq!(served.won_and_lost(&bob).await, (0, 1));
    assert_eq!(served.chunks(id).await, 0);
    let results = move |connection: &mut _| {
        seats::table.filter(seats::match_id.eq(id)).order(seats::seat).select((seats::result, seats::inputs)).load::<(
            Option<String>,
            i32,
        )>(
            connection,
        )
    };
    let results = served.state.db.run(results).await.unwrap();
    assert_eq!(results, [(Some("won".to_owned()), 1), (Some("lost".to_owned()), 1)]);
}

#[tokio::test]
async fn sockets_that_have_no_business_here_are_refused() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let (ada, bob) = (served.player("Ada").await, served.player("Bob").await);
    let id = served.make(Mode::Queue, both(&ada, &bob)).await;
    let local = served.make(Mode::Local, vec![NewSeat::Player(ada.id), NewSeat::Alias("Eve".into())]).await;

    let refused = |result: Result<Socket, StatusCode>| result.err();
    let foreign = served.try_socket(id, &ada.cookie, &[("origin", "https://evil.example")]).await;
    assert_eq!(refused(foreign), Some(StatusCode::FORBIDDEN));
    assert_eq!(refused(served.try_socket(Id(5), &ada.cookie, &[]).await), Some(StatusCode::NOT_FOUND));
    assert_eq!(refused(served.try_socket(local, &bob.cookie, &[]).await), Some(StatusCode::FORBIDDEN));
    let other_protocol = served.try_socket(id, &ada.cookie, &[("sec-websocket-protocol", "chat")]).await;
    assert_eq!(refused(other_protocol), Some(StatusCode::UPGRADE_REQUIRED));
    assert_eq!(site.visitor().get(&format!("/live/{id}")).await.status, StatusCode::UPGRADE_REQUIRED);

    let mut stranger = served.try_socket(id, "", &[]).await.unwrap();
    assert_eq!(stranger.hear("join").await["you"], json!([]), "a stranger watches");
    assert_eq!(served.socket(local, &ada).await.hear("join").await["you"], json!([0, 1]));
}

#[tokio::test]
async fn nonsense_and_floods_close_the_socket_with_a_reason() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let (ada, bob) = (served.player("Ada").await, served.player("Bob").await);
    let id = served.make(Mode::Queue, both(&ada, &bob)).await;

    for nonsense in [
        Message::text("hello"),
        Message::text(r#"{"t":"dance"}"#),
        Message::binary(vec![1, 2, 3]),
        Message::text(format!(r#"{{"t":"back","x":"{}"}}"#, "x".repeat(600))),
        Message::text(format!(r#"{{"t":"back","x":"{}"}}"#, "x".repeat(20_000))),
    ] {
        let mut socket = served.socket(id, &ada).await;
        socket.0.send(nonsense).await.unwrap();
        assert_eq!(socket.closed().await, (4002, "bad message".to_owned()));
    }
    let mut socket = served.socket(id, &ada).await;
    for c in 0..200 {
        // The server may hang up in the middle of it.
        let _ = socket.0.send(Message::text(json!({"t": "ping", "c": c}).to_string())).await;
    }
    assert_eq!(socket.closed().await, (4003, "too many messages".to_owned()));
}

#[tokio::test]
async fn a_second_tab_takes_the_seat_and_the_first_is_told() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let (ada, bob) = (served.player("Ada").await, served.player("Bob").await);
    let id = served.make(Mode::Queue, both(&ada, &bob)).await;
    let mut first = served.socket(id, &ada).await;
    first.hear("join").await;
    let mut second = served.socket(id, &ada).await;
    assert_eq!(second.hear("join").await["you"], json!([0]));
    assert_eq!(first.closed().await, (4001, "taken".to_owned()));
    second.say(json!({"t": "ping", "c": 1})).await;
    second.hear("pong").await;
}

#[tokio::test]
async fn both_agree_on_a_rematch_and_are_sent_there_once() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let Playing { id, ada, bob, mut left, mut right } = served.playing(Mode::Link).await;
    let live = &served.state.live;
    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Impossible, "not before the end");
    right.say(json!({"t": "leave"})).await;
    left.hear("end").await;

    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Asked);
    assert_eq!(right.hear("rematch").await["s"], 0);
    assert_eq!(live.rematch(id, Id(77)).await.unwrap(), Rematch::Impossible, "a stranger has no say");
    let Rematch::Agreed(rematch) = live.rematch(id, bob.id).await.unwrap() else { panic!("both asked") };
    let url = json!(format!("/matches/{rematch}/play"));
    assert_eq!(left.hear("goto").await["url"], url);
    assert_eq!(right.hear("goto").await["url"], url);
    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Agreed(rematch), "made once");
    assert_eq!(served.socket(rematch, &bob).await.hear("join").await["you"], json!([1]));
}

#[tokio::test]
async fn a_finished_match_stays_for_a_rematch_while_both_pages_go_to_the_result() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let Playing { id, ada, bob, mut left, mut right } = served.playing(Mode::Queue).await;
    left.say(json!({"t": "leave"})).await;
    right.hear("end").await;
    drop((left, right));

    assert_eq!(served.state.live.rematch(id, ada.id).await.unwrap(), Rematch::Asked);
    let mut right = served.socket(id, &bob).await;
    assert_eq!(right.hear("join").await["phase"], "finished");
    assert_eq!(right.hear("end").await["winner"], 1);
    assert_eq!(right.hear("rematch").await["s"], 0);
    let Rematch::Agreed(rematch) = served.state.live.rematch(id, bob.id).await.unwrap() else { panic!("both asked") };
    assert_eq!(right.hear("goto").await["url"], json!(format!("/matches/{rematch}/play")));
}

#[tokio::test]
async fn a_rematch_comes_about_though_who_asked_has_closed_the_browser() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let Playing { id, ada, bob, mut left, mut right } = served.playing(Mode::Link).await;
    let live = &served.state.live;
    right.say(json!({"t": "leave"})).await;
    left.hear("end").await;
    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Asked);
    {
        // The request begins, and is dropped where it first has to wait.
        let mut asking = std::pin::pin!(live.rematch(id, bob.id));
        assert!(futures_util::poll!(asking.as_mut()).is_pending());
    }
    let goto = left.hear("goto").await;
    let Rematch::Agreed(rematch) = live.rematch(id, bob.id).await.unwrap() else { panic!("made already") };
    assert_eq!(goto["url"], json!(format!("/matches/{rematch}/play")));
}

#[tokio::test]
async fn the_page_of_a_match_is_there_whoever_plays_it() {
    let site = Site::new().await;
    let elsewhere = Served::start(AppState::new((*site.state.config).clone(), site.state.db.clone())).await;
    let (ada, bob) = (elsewhere.player("Ada").await, elsewhere.player("Bob").await);
    let id = elsewhere.make(Mode::Link, both(&ada, &bob)).await;
    elsewhere.socket(id, &ada).await.hear("join").await;
    let mut visitor = site.visitor();
    let page = visitor.get(&format!("/matches/{id}")).await;
    assert_eq!(page.location(), format!("/matches/{id}/play"));
    let page = visitor.get(&format!("/matches/{id}/play")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Ada") && page.body.contains("Bob"));
    let local = elsewhere.make(Mode::Local, vec![NewSeat::Player(ada.id), NewSeat::Alias("Eve".into())]).await;
    let page = visitor.get(&format!("/matches/{local}/play")).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "nobody watches two at one keyboard");
}

#[tokio::test]
async fn a_match_goes_on_after_a_restart_of_the_server() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let Playing { id, ada, bob, mut left, mut right } = served.playing(Mode::Queue).await;
    left.say(json!({"t": "in", "n": 1, "k": 0, "d": -1})).await;
    // Some play: until a point is made, as nobody returns the ball.
    let point = left.hear("point").await;
    right.hear("point").await;

    served.state.live.stop().await;
    assert_eq!(left.closed().await.0, u16::from(CloseCode::Restart));
    assert_eq!(right.closed().await.0, u16::from(CloseCode::Restart));
    served.task.abort();
    assert!(served.chunks(id).await > 0);

    let again = AppState::new((*site.state.config).clone(), site.state.db.clone());
    assert_eq!(again.live.recover().await.unwrap(), 1);
    let served = Served::start(again).await;
    let mut left = served.socket(id, &ada).await;
    let join = left.hear("join").await;
    assert_eq!(join["phase"], "held");
    assert!(join["hold"].as_u64() >= point["k"].as_u64(), "nothing before the point is lost");
    let mut right = served.socket(id, &bob).await;
    let go = left.hear("go").await;
    assert_eq!(go["k"], join["hold"]);
    // It is played to its end: nobody moves, so the points come by themselves.
    let end = right.hear("end").await;
    assert_eq!(end["why"], "score");
    served.wait_for_result(id).await;
    assert_eq!(served.chunks(id).await, 0);
    let (won, lost) = served.won_and_lost(&ada).await;
    assert_eq!(won + lost, 1);
}

#[tokio::test]
async fn a_result_counts_once_even_if_two_processes_bring_the_match_to_its_end() {
    let site = Site::new().await;
    let served = Served::start(site.state.clone()).await;
    let (ada, bob) = (served.player("Ada").await, served.player("Bob").await);
    let id = served.make(Mode::Queue, both(&ada, &bob)).await;
    let again = AppState::new((*site.state.config).clone(), site.state.db.clone());
    again.live.recover().await.unwrap();
    let other = Served::start(again).await;
    for served in [&served, &other] {
        let (mut left, mut right) = (served.socket(id, &ada).await, served.socket(id, &bob).await);
        left.hear("go").await;
        right.say(json!({"t": "leave"})).await;
        left.hear("end").await;
    }
    assert_eq!(served.won_and_lost(&ada).await, (1, 0));
    assert_eq!(served.won_and_lost(&bob).await, (0, 1));
    assert_eq!(served.status_of(id).await, "finished");
}
