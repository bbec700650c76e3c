//! More than the site can take, or clients that take their time.

use std::time::{Duration, Instant};

use axum::{Router, routing::get};
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use transcendence::{furnished, state::AppState};

use super::{
    people::{Person, meet, until},
    site::{PATIENCE, Site},
};
use crate::support;

/// A connection that has sent this.
async fn begin(site: &Site, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// The beginning of a form that never comes.
fn form(site: &Site) -> String {
    format!(
        "POST /language HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nlang",
        site.address
    )
}

async fn read_all(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is no failure.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the connection stays open");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn two_thousand_slow_connections_keep_nobody_else_waiting_and_are_closed() {
    let site = Site::start(&[("MAX_CONNECTIONS", "2100"), ("HEADER_TIMEOUT", "5"), ("MAX_REQUESTS", "3000")]).await;
    let visitor = Person::at(&site);
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
        // One byte more now and then, as the tool of that name does.
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
    // A new connection, when nearly all places are taken.
    assert_eq!(Person::at(&site).get("/about").await.unwrap().status, StatusCode::OK);
    for stream in slow {
        read_all(stream).await;
    }
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    assert_eq!(visitor.get("/").await.unwrap().status, StatusCode::OK);
    site.assert_no_panic();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn when_every_place_is_taken_by_the_slow_they_are_thrown_out() {
    let site = Site::start(&[("MAX_CONNECTIONS", "50"), ("HEADER_TIMEOUT", "2")]).await;
    let mut slow = Vec::new();
    for _ in 0..120 {
        slow.push(TcpStream::connect(site.address).await.unwrap());
    }
    let page = Person::at(&site).get("/about").await.unwrap();
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.took < Duration::from_secs(15), "{:?}", page.took);
    drop(slow);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_form_that_does_not_come_is_answered_in_time() {
    let site = Site::start(&[("REQUEST_TIMEOUT", "1")]).await;
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
async fn who_comes_when_too_many_are_there_is_told_at_once_when_to_come_back() {
    let site = Site::start(&[("MAX_REQUESTS", "4")]).await;
    let visitor = Person::at(&site);
    // Anew each time: on a busy machine a form may have waited for its rest too long before anybody looks.
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
async fn a_fault_of_ours_is_a_designed_page_and_the_site_goes_on() {
    async fn boom() -> &'static str {
        panic!("this handler panics, as a test")
    }
    let site = support::Site::new().await;
    let routes: Router<AppState> = Router::new().route("/boom", get(boom)).route("/fine", get(async || "fine"));
    let mut visitor = site.visitor().at(furnished(routes, site.state.clone()));
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
    let site = Site::start(&[]).await;
    let (ada, bob) = (Person::at(&site), Person::at(&site));
    let id = meet(&ada, &bob, "11").await.unwrap();
    // Small buffers on both sides of bob's connection, so that they are full soon.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    socket.set_tcp_mss(536).unwrap();
    socket.connect(&site.address.into()).unwrap();
    socket.set_nonblocking(true).unwrap();
    let stream = TcpStream::from_std(socket.into()).unwrap();
    let mut deaf = bob.join_over(stream, &id).await.unwrap();
    let mut left = ada.join(&id).await.unwrap();
    left.hear("go").await;
    // He talks and does not listen: every question is answered, until the answers go nowhere.
    let talking = tokio::spawn(async move {
        for count in 0.. {
            if deaf.try_say(json!({"t": "ping", "c": count})).await.is_err() {
                break;
            }
            // Just below what is allowed.
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
    // The other is still being served, and the one who was dropped may come back.
    left.say(json!({"t": "ping", "c": 7})).await;
    assert_eq!(left.hear("pong").await["c"], 7);
    let mut back = bob.join(&id).await.unwrap();
    assert_eq!(back.hear("join").await["you"], json!([1]));
    let log = site.log();
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_stop_waits_for_nobody_longer_than_five_seconds() {
    let mut site = Site::start(&[]).await;
    let (ada, bob) = (Person::at(&site), Person::at(&site));
    let id = meet(&ada, &bob, "11").await.unwrap();
    let (mut left, _deaf) = (ada.join(&id).await.unwrap(), bob.join(&id).await.unwrap());
    left.hear("go").await;
    // Half a head, half a body, a stream of events that nobody reads, nothing at all.
    let _half_a_head = begin(&site, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
    let _half_a_body = begin(&site, &form(&site)).await;
    let _nothing = begin(&site, "").await;
    let events = format!("GET /play/events HTTP/1.1\r\nHost: {}\r\n\r\n", site.address);
    let _events = begin(&site, &events).await;
    assert_eq!(ada.get("/about").await.unwrap().status, StatusCode::OK);
    let closing = tokio::spawn(async move { left.closed().await });
    let (status, took) = site.terminate().await;
    assert!(status.success(), "{status}: {}", site.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(closing.await.unwrap(), Some(1012), "players are told to come back");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn two_tabs_that_begin_at_the_same_moment_both_get_on() {
    let site = Site::start(&[]).await;
    for _ in 0..10 {
        let person = Person::at(&site);
        let form = [("strength", "weak"), ("points", "3")];
        let (one, other) = tokio::join!(person.post("/play/bot", &form), person.post("/play/bot", &form));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.status, other.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
        // One of the two cookies stays; its session plays in the match that came with it.
        assert!(person.get("/play").await.unwrap().body.contains("Guest-"));
        let mut seated = 0;
        for answer in [&one, &other] {
            let id = answer.header("location").split('/').nth(2).unwrap().to_owned();
            let mut socket = person.join(&id).await.unwrap();
            seated += usize::from(socket.hear("join").await["you"] == json!([0]));
        }
        assert!(seated >= 1, "{one:?} {other:?}");
    }
}
