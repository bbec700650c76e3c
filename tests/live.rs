//! Live play over real sockets, from the first message to the stored result and the rematch.

use std::net::SocketAddr;

use axum::http::StatusCode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::{self, Message, protocol::frame::coding::CloseCode};
use transcendence::{
    db::schema::seats,
    id::Id,
    live::model::{Mode, NewSeat, Rematch},
};

use crate::support::{
    Site,
    matches::{Playing, both, play_path},
    people::Player,
    sockets::{self, Served},
};

/// A site that listens, and a match made for two of its players.
struct Made {
    site: Site,
    at: SocketAddr,
    ada: Player,
    bob: Player,
    id: Id,
}

impl Made {
    async fn new() -> Self {
        let site = Site::new().await;
        let at = Served::start(&site).await.address;
        let (ada, bob) = (site.player("Ada").await, site.player("Bob").await);
        let id = site.make(Mode::Queue, both(&ada, &bob)).await;
        Self { site, at, ada, bob, id }
    }
}

#[tokio::test]
async fn two_players_meet_and_steer_and_the_result_of_a_match_given_up_is_in_both_histories() {
    let Made { site, at, ada, bob, id } = Made::new().await;

    let mut left = ada.join(at, id).await;
    let join = left.hear("join").await;
    assert_eq!((&join["you"], &join["phase"]), (&json!([0]), &json!("waiting")));
    assert_eq!(join["seats"][1]["name"], "Bob");
    let mut right = bob.join(at, id).await;
    assert_eq!(right.hear("join").await["you"], json!([1]));
    let go = left.hear("go").await;
    assert_eq!(right.hear("go").await, go);

    left.say(json!({"t": "in", "n": 1, "k": 0, "d": -1})).await;
    assert_eq!(right.hear("in").await, json!({"t": "in", "s": 0, "k": 0, "d": -1}));
    right.say(json!({"t": "in", "n": 1, "k": 100_000, "d": 1})).await;
    assert_eq!(right.hear("in").await["n"], 1, "moved to the latest tick that is accepted");
    let pong = left.ping(5).await;
    assert_eq!((&pong["c"], &pong["n"]), (&json!(5), &json!(1)));
    assert!(pong["s"].as_u64().unwrap() >= join["now"].as_u64().unwrap());

    right.leave().await;
    let end = left.hear("end").await;
    assert_eq!((&end["why"], &end["winner"]), (&json!("left"), &json!(0)));
    site.wait_for_result(id).await;
    assert_eq!(site.won_and_lost(&ada).await, (1, 0));
    assert_eq!(site.won_and_lost(&bob).await, (0, 1));
    assert_eq!(site.chunks(id).await, 0);
    let results = seats::table.filter(seats::match_id.eq(id)).order(seats::seat).select((seats::result, seats::inputs));
    let results: Vec<(Option<String>, i32)> = site.run(move |connection| results.load(connection)).await;
    assert_eq!(results, [(Some("won".to_owned()), 1), (Some("lost".to_owned()), 1)]);
}

#[tokio::test]
async fn sockets_that_may_not_play_or_watch_are_refused() {
    let Made { site, at, ada, bob, id } = Made::new().await;
    let local = site.make(Mode::Local, vec![NewSeat::Player(ada.id), NewSeat::Alias("Eve".into())]).await;

    let refused = async |player: &Player, id, headers: &[(&'static str, &str)]| {
        let joined = player.browser.join(at, id, headers).await;
        let Err(tungstenite::Error::Http(answer)) = joined else { panic!("not refused") };
        answer.status()
    };
    assert_eq!(refused(&ada, id, &[("origin", "https://evil.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(refused(&ada, Id(5), &[]).await, StatusCode::NOT_FOUND);
    assert_eq!(refused(&bob, local, &[]).await, StatusCode::FORBIDDEN);
    assert_eq!(refused(&ada, id, &[("sec-websocket-protocol", "chat")]).await, StatusCode::UPGRADE_REQUIRED);
    assert_eq!(site.visitor().get(&sockets::path(id)).await.status, StatusCode::UPGRADE_REQUIRED);

    let mut stranger = site.visitor().join(at, id, &[]).await.unwrap();
    assert_eq!(stranger.hear("join").await["you"], json!([]), "a stranger watches");
    assert_eq!(ada.join(at, local).await.hear("join").await["you"], json!([0, 1]));
}

#[tokio::test]
async fn nonsense_and_floods_close_the_socket_with_a_reason() {
    let Made { site: _site, at, ada, id, .. } = Made::new().await;

    for nonsense in [
        Message::text("hello"),
        Message::text(r#"{"t":"dance"}"#),
        Message::binary(vec![1, 2, 3]),
        Message::text(format!(r#"{{"t":"back","x":"{}"}}"#, "x".repeat(600))),
        Message::text(format!(r#"{{"t":"back","x":"{}"}}"#, "x".repeat(20_000))),
    ] {
        let mut socket = ada.join(at, id).await;
        socket.0.send(nonsense).await.unwrap();
        assert_eq!(socket.closed().await, (4002, "bad message".to_owned()));
    }
    let mut socket = ada.join(at, id).await;
    for c in 0..200 {
        // The server may hang up before the last of them.
        let _ = socket.0.send(Message::text(json!({"t": "ping", "c": c}).to_string())).await;
    }
    assert_eq!(socket.closed().await, (4003, "too many messages".to_owned()));
}

#[tokio::test]
async fn a_second_tab_takes_the_seat_and_the_first_is_told() {
    let Made { site: _site, at, ada, id, .. } = Made::new().await;
    let mut first = ada.join(at, id).await;
    first.hear("join").await;
    let mut second = ada.join(at, id).await;
    assert_eq!(second.hear("join").await["you"], json!([0]));
    assert_eq!(first.closed().await, (4001, "taken".to_owned()));
    second.ping(1).await;
}

#[tokio::test]
async fn both_agree_on_a_rematch_and_are_sent_there_once() {
    let site = Site::new().await;
    let at = Served::start(&site).await.address;
    let Playing { id, ada, bob, mut left, mut right } = Playing::start(&site, Mode::Link, [at; 2]).await;
    let live = &site.state.live;
    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Impossible, "not before the end");
    right.leave().await;
    left.hear("end").await;

    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Asked);
    assert_eq!(right.hear("rematch").await["s"], 0);
    assert_eq!(live.rematch(id, Id(77)).await.unwrap(), Rematch::Impossible, "a stranger has no say");
    let Rematch::Agreed(rematch) = live.rematch(id, bob.id).await.unwrap() else { panic!("both asked") };
    let url = play_path(rematch);
    assert_eq!(left.hear("goto").await["url"], url);
    assert_eq!(right.hear("goto").await["url"], url);
    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Agreed(rematch), "made once");
    assert_eq!(bob.join(at, rematch).await.hear("join").await["you"], json!([1]));
}

#[tokio::test]
async fn a_finished_match_stays_for_a_rematch_while_both_pages_go_to_the_result() {
    let site = Site::new().await;
    let at = Served::start(&site).await.address;
    let Playing { id, ada, bob, mut left, mut right } = Playing::start(&site, Mode::Queue, [at; 2]).await;
    left.leave().await;
    right.hear("end").await;
    drop((left, right));

    assert_eq!(site.state.live.rematch(id, ada.id).await.unwrap(), Rematch::Asked);
    let mut right = bob.join(at, id).await;
    assert_eq!(right.hear("join").await["phase"], "finished");
    assert_eq!(right.hear("end").await["winner"], 1);
    assert_eq!(right.hear("rematch").await["s"], 0);
    let Rematch::Agreed(rematch) = site.state.live.rematch(id, bob.id).await.unwrap() else { panic!("both asked") };
    assert_eq!(right.hear("goto").await["url"], play_path(rematch));
}

#[tokio::test]
async fn a_rematch_is_made_even_if_the_one_who_agreed_has_closed_the_browser() {
    let site = Site::new().await;
    let at = Served::start(&site).await.address;
    let Playing { id, ada, bob, mut left, mut right } = Playing::start(&site, Mode::Link, [at; 2]).await;
    let live = &site.state.live;
    right.leave().await;
    left.hear("end").await;
    assert_eq!(live.rematch(id, ada.id).await.unwrap(), Rematch::Asked);
    {
        // The request begins, and is dropped at its first wait.
        let mut asking = std::pin::pin!(live.rematch(id, bob.id));
        assert!(futures_util::poll!(asking.as_mut()).is_pending());
    }
    let goto = left.hear("goto").await;
    let Rematch::Agreed(rematch) = live.rematch(id, bob.id).await.unwrap() else { panic!("made already") };
    assert_eq!(goto["url"], play_path(rematch));
}

#[tokio::test]
async fn the_page_of_a_match_is_shown_whichever_process_owns_it() {
    let site = Site::new().await;
    let elsewhere = Served::start(&site.again()).await.address;
    let (ada, bob) = (site.player("Ada").await, site.player("Bob").await);
    let id = site.make(Mode::Link, both(&ada, &bob)).await;
    ada.join(elsewhere, id).await.hear("join").await;
    let mut visitor = site.visitor();
    let page = visitor.get(&format!("/matches/{id}")).await;
    assert_eq!(page.location(), play_path(id));
    let page = visitor.get(&play_path(id)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Ada") && page.body.contains("Bob"));
    let local = site.make(Mode::Local, vec![NewSeat::Player(ada.id), NewSeat::Alias("Eve".into())]).await;
    let page = visitor.get(&play_path(local)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "nobody watches two at one keyboard");
}

#[tokio::test]
async fn a_match_goes_on_after_a_restart_of_the_server() {
    let site = Site::new().await;
    let served = Served::start(&site).await;
    let Playing { id, ada, bob, mut left, mut right } = Playing::start(&site, Mode::Queue, [served.address; 2]).await;
    left.steer(1, -1).await;
    // Nobody returns the ball, so a point comes soon.
    let point = left.hear("point").await;
    right.hear("point").await;

    site.state.live.stop().await;
    assert_eq!(left.closed().await.0, u16::from(CloseCode::Restart));
    assert_eq!(right.closed().await.0, u16::from(CloseCode::Restart));
    served.task.abort();
    assert!(site.chunks(id).await > 0);

    let again = site.again();
    assert_eq!(again.state.live.recover().await.unwrap(), 1);
    let at = Served::start(&again).await.address;
    let mut left = ada.join(at, id).await;
    let join = left.hear("join").await;
    assert_eq!(join["phase"], "held");
    assert!(join["hold"].as_u64() >= point["k"].as_u64(), "nothing before the point is lost");
    let mut right = bob.join(at, id).await;
    let go = left.hear("go").await;
    assert_eq!(go["k"], join["hold"]);
    // Nobody moves, so the match plays itself to its end.
    let end = right.hear("end").await;
    assert_eq!(end["why"], "score");
    site.wait_for_result(id).await;
    assert_eq!(site.chunks(id).await, 0);
    let (won, lost) = site.won_and_lost(&ada).await;
    assert_eq!(won + lost, 1);
}

#[tokio::test]
async fn a_result_counts_once_even_if_two_processes_play_the_match_to_its_end() {
    let Made { site, at, ada, bob, id } = Made::new().await;
    let again = site.again();
    again.state.live.recover().await.unwrap();
    for at in [at, Served::start(&again).await.address] {
        let (mut left, mut right) = (ada.join(at, id).await, bob.join(at, id).await);
        left.hear("go").await;
        right.leave().await;
        left.hear("end").await;
    }
    assert_eq!(site.won_and_lost(&ada).await, (1, 0));
    assert_eq!(site.won_and_lost(&bob).await, (0, 1));
    assert_eq!(site.status_of(id).await, "finished");
}
