//! More requests than the site can take, and clients that take their time.

use std::time::{Duration, Instant};

use crate::support::{PATIENCE, Site, events, people::FORM, running::RunningSite, until};
use axum::{Router, routing::get};
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// A connection on which a text was sent.
async fn begin(site: &RunningSite, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// The beginning of a form whose rest never comes.
fn form(site: &RunningSite) -> String {
    format!(
        "POST /language HTTP/1.1\r\nHost: {}\r\nContent-Type: {FORM}\r\nContent-Length: 100\r\n\r\nlang",
        site.address
    )
}

async fn read_all(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is fine.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the connection stays open");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn two_thousand_slow_connections_keep_nobody_else_waiting_and_are_closed() {
    let site =
        RunningSite::start(&[("MAX_CONNECTIONS", "2100"), ("HEADER_TIMEOUT", "5"), ("MAX_REQUESTS", "3000")]).await;
    let visitor = site.person();
    visitor.get("/").await.unwrap();
    let began = Instant::now();
    let mut slow = Vec::new();
    for number in 0..2_000 {
        // Nothing at all, half a head, a whole head with half a body.
        let text = match number % 3 {
            0 => String::new(),
            1 => format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Slow: ", site.address),
            _ => form(&site),
        };
        slow.push(begin(&site, &text).await);
    }
    let mut times = Vec::new();
    while began.elapsed() < Duration::from_secs(4) || times.len() < 20 {
        // One more byte now and then, as the tool Slowloris does.
        for stream in slow.iter_mut().skip(times.len() % 20).step_by(20) {
            let _ = stream.write_all(b"a").await;
        }
        for path in ["/", "/health/live", "/about"] {
            let page = visitor.get(path).await.unwrap();
            assert_eq!(page.status, StatusCode::OK);
            times.push(page.took);
        }
    }
    times.sort();
    let (most, worst) = (times[times.len() * 9 / 10], times[times.len() - 1]);
    println!("{} pages, nine of ten within {most:?}, worst {worst:?}", times.len());
    assert!(most < Duration::from_millis(100) && worst < Duration::from_millis(1_000), "{most:?} {worst:?}");
    // A new connection while nearly all places are taken.
    assert_eq!(site.person().get("/about").await.unwrap().status, StatusCode::OK);
    for stream in slow {
        read_all(stream).await;
    }
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    assert_eq!(visitor.get("/").await.unwrap().status, StatusCode::OK);
    site.assert_no_panic();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn when_slow_clients_take_every_place_they_are_thrown_out() {
    let site = RunningSite::start(&[("MAX_CONNECTIONS", "50"), ("HEADER_TIMEOUT", "2")]).await;
    let mut slow = Vec::new();
    for _ in 0..120 {
        slow.push(TcpStream::connect(site.address).await.unwrap());
    }
    let page = site.person().get("/about").await.unwrap();
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.took < Duration::from_secs(15), "{:?}", page.took);
    drop(slow);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_form_that_never_arrives_is_answered_in_time() {
    let site = RunningSite::start(&[("REQUEST_TIMEOUT", "1")]).await;
    let began = Instant::now();
    let answer = read_all(begin(&site, &form(&site)).await).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.to_ascii_lowercase().contains("\r\nretry-after: ") && answer.contains("<h1>Back in a moment"),
        "{answer}"
    );
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn visitors_beyond_the_limit_are_told_at_once_when_to_come_back() {
    let site = RunningSite::start(&[("MAX_REQUESTS", "4")]).await;
    let visitor = site.person();
    // New connections each time: on a busy machine the site may have given up on a form before the page is asked for.
    let (held, busy) = until("all places are taken", || async {
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(begin(&site, &form(&site)).await);
        }
        let page = visitor.get("/about").await.unwrap();
        (page.status != StatusCode::OK).then_some((held, page))
    })
    .await;
    busy.assert_busy();
    assert!(busy.took < Duration::from_millis(500), "{:?}", busy.took);
    drop(held);
    until("there is a place again", || async {
        (visitor.get("/about").await.unwrap().status == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "a fault: scripts/test faults"]
async fn a_panic_gives_a_designed_page_and_the_site_goes_on() {
    async fn boom() -> &'static str {
        panic!("this handler panics, as a test")
    }
    let routes = Router::new().route("/boom", get(boom)).route("/fine", get(async || "fine"));
    let site = Site::new().await;
    let mut visitor = site.with_routes(routes).visitor();
    for _ in 0..3 {
        let page = visitor.get("/boom").await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.body.contains("<h1>") && !page.body.contains("this handler"), "{}", page.body);
        assert!(page.body.contains(page.header("x-request-id")), "the visitor can say which request it was");
    }
    assert_eq!(visitor.get("/fine").await.body, "fine");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_player_who_does_not_read_is_dropped_and_the_other_plays_on() {
    let site = RunningSite::start(&[]).await;
    let (ada, bob) = (site.person(), site.person());
    let id = ada.meet(&bob, "11").await.unwrap();
    // Small buffers for Bob's connection, so that they are soon full.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    socket.set_tcp_mss(536).unwrap();
    socket.connect(&site.address.into()).unwrap();
    socket.set_nonblocking(true).unwrap();
    let stream = TcpStream::from_std(socket.into()).unwrap();
    let mut deaf = bob.join_over(stream, &id).await.unwrap();
    let mut left = ada.join(&id).await.unwrap();
    left.hear("go").await;
    // Bob asks and does not read the answers, until there is no room for more of them.
    let talking = tokio::spawn(async move {
        for count in 0.. {
            if deaf.try_say(json!({"t": "ping", "c": count})).await.is_err() {
                break;
            }
            // Just below the limit on messages.
            tokio::time::sleep(Duration::from_millis(18)).await;
            if count >= 3_000 {
                break;
            }
        }
        deaf
    });
    let absent = async {
        loop {
            let seat = left.hear("seat").await;
            if seat["on"] == false {
                return seat;
            }
        }
    };
    let seat = timeout(PATIENCE, absent).await.unwrap();
    assert_eq!(seat["s"], 1);
    talking.abort();
    // The other player is still being served, and the one who was dropped may come back.
    assert_eq!(left.ping(7).await["c"], 7);
    let mut back = bob.join(&id).await.unwrap();
    assert_eq!(back.hear("join").await["you"], json!([1]));
    site.assert_no_panic();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_stop_waits_for_nobody_longer_than_five_seconds() {
    let mut site = RunningSite::start(&[]).await;
    let (ada, bob) = (site.person(), site.person());
    let id = ada.meet(&bob, "11").await.unwrap();
    let (mut left, _deaf) = (ada.join(&id).await.unwrap(), bob.join(&id).await.unwrap());
    left.hear("go").await;
    // Half a head, half a body, nothing at all, a stream of events that nobody reads.
    let _half_a_head = begin(&site, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
    let _half_a_body = begin(&site, &form(&site)).await;
    let _nothing = begin(&site, "").await;
    let events = format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", events::LOBBY, site.address);
    let _events = begin(&site, &events).await;
    assert_eq!(ada.get("/about").await.unwrap().status, StatusCode::OK);
    let closing = tokio::spawn(async move { left.closed().await });
    let (status, took) = site.terminate().await;
    assert!(status.success(), "{status}: {}", site.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(closing.await.unwrap().0, 1012, "players are told to come back");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn two_tabs_that_start_at_the_same_moment_both_play() {
    let site = RunningSite::start(&[]).await;
    for _ in 0..10 {
        let person = site.person();
        let (one, other) = tokio::join!(person.play_bot(), person.play_bot());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.status, other.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
        // One of the two cookies stays, and its session plays in the match that came with it.
        assert!(person.get("/play").await.unwrap().body.contains("Guest-"));
        let mut seated = 0;
        for answer in [&one, &other] {
            let mut socket = person.join(&answer.match_id().unwrap()).await.unwrap();
            seated += usize::from(socket.hear("join").await["you"] == json!([0]));
        }
        assert!(seated >= 1, "{one:?} {other:?}");
    }
}
