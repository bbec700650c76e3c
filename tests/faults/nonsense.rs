//! Requests, cookies and frames that no browser sends, tens of thousands of them, the same in every run.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

use crate::support::{people::FORM, running::RunningSite, sockets};

const TASKS: u64 = 8;
const REQUESTS: usize = 2_500;
const SOCKETS: usize = 250;

/// Requests to be spoilt.
fn requests(address: &str, id: &str) -> Vec<Vec<u8>> {
    let with_body = |path: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: {FORM}\r\n\
             Cookie: session=AAAAAAAAAAAAAAAAAAAAAA; notice=welcome; language=fr\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let get = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Language: fr-CA;q=0.8, en\r\nAccept-Encoding: br\r\n\
             Cookie: session=x; language=en\r\n\r\n"
        )
    };
    [
        get("/"),
        get("/players/ada?before=AAAAAAAAAAA-BBBBBBBBBBB"),
        get(&format!("/matches/{id}?x=%FF%00")),
        get("/static/00/../../etc/passwd"),
        get("/events?topics=invite:%E2%82%AC"),
        get("/demo.json?seed=-1"),
        with_body("/login", "login=ada&password=%00%FF&next=//evil.example"),
        with_body("/signup", "name=ada&email=a%40b&password=12345678&next=/"),
        with_body("/language", "language=en&next=/"),
        with_body("/play/bot", "strength=weak&points=3"),
        with_body("/play/link", "points=999999999999999999999"),
        with_body(&format!("/matches/{id}/rematch"), ""),
        handshake(address, id, "session=x"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("POST /login HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlogin\r\nffffffffffffffff\r\n"),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// What a browser sends to open the socket of a match.
fn handshake(address: &str, id: &str, cookies: &str) -> String {
    format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dHJhbnNjZW5kZW5jZSEhIQ==\r\nSec-WebSocket-Protocol: pong.v1\r\n\
         Cookie: {cookies}\r\n\r\n",
        sockets::path(id)
    )
}

/// Changes some bytes, cuts some out, repeats some.
fn spoil(random: &mut StdRng, bytes: &mut Vec<u8>) {
    for _ in 0..random.random_range(0..6) {
        if bytes.is_empty() {
            return;
        }
        let place = random.random_range(0..bytes.len());
        let end = (place + random.random_range(1..40)).min(bytes.len());
        match random.random_range(0..6) {
            0 => bytes[place] = random.random(),
            1 => drop(bytes.drain(place..end)),
            2 => {
                let part = bytes[place..end].repeat(random.random_range(1..50));
                bytes.splice(place..place, part);
            }
            3 => bytes.truncate(place),
            4 => {
                let wild: Vec<u8> = (0..random.random_range(1..30)).map(|_| random.random()).collect();
                bytes.splice(place..place, wild);
            }
            _ => {
                let wild = *[
                    &b"%"[..],
                    b"\0",
                    b"\r\n",
                    b"\xff\xfe",
                    b";",
                    b"=",
                    b"99999999999999999999",
                    b"-1",
                    b"../",
                    b"\xf0\x9f\x8f\x93",
                ]
                .get(random.random_range(0..10))
                .unwrap();
                bytes.splice(place..end, wild.iter().copied());
            }
        }
    }
}

/// Sends bytes, and returns what comes back until the other side hangs up.
async fn exchange(site: std::net::SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    let talk = async {
        let mut stream = TcpStream::connect(site).await.unwrap();
        // The site may hang up on what it refuses early.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut answer).await;
    };
    timeout(Duration::from_secs(30), talk)
        .await
        .unwrap_or_else(|_| panic!("no end: {}", String::from_utf8_lossy(bytes)));
    answer
}

/// The statuses of all answers in a stream of bytes.
fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer);
    text.split("HTTP/1.").skip(1).filter_map(|rest| rest.get(2..5)?.parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn spoilt_requests_are_refused_without_an_internal_error() {
    let site = RunningSite::start(&[("LOG_FILTER", "warn"), ("HEADER_TIMEOUT", "5")]).await;
    let (ada, bob) = (site.person(), site.person());
    let id = ada.meet(&bob, "3").await.unwrap();
    let (address, site_address) = (site.address.to_string(), site.address);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let originals = requests(&address, &id);
        tasks.spawn(async move {
            let mut random = StdRng::seed_from_u64(1972 + task);
            let (mut answered, mut refused) = (0, 0);
            for _ in 0..REQUESTS {
                let mut bytes = originals[random.random_range(0..originals.len())].clone();
                spoil(&mut random, &mut bytes);
                for status in statuses(&exchange(site_address, &bytes).await) {
                    assert!(status < 500, "{status}: {}", String::from_utf8_lossy(&bytes));
                    answered += 1;
                    refused += usize::from(status >= 400);
                }
            }
            (answered, refused)
        });
    }
    let (mut answered, mut refused) = (0, 0);
    while let Some(counts) = tasks.join_next().await {
        let (one, other) = counts.unwrap();
        answered += one;
        refused += other;
    }
    println!("{answered} answers, {refused} of them refusals");
    assert!(answered > 10_000 && refused > 2_000, "{answered} answers, {refused} of them refusals");
    assert_eq!(ada.get("/").await.unwrap().status, 200);
    site.assert_no_panic();
}

/// A frame that is nearly as a client sends it.
fn frame(random: &mut StdRng, messages: &[&str]) -> Vec<u8> {
    let mut payload = messages[random.random_range(0..messages.len())].as_bytes().to_vec();
    spoil(random, &mut payload);
    payload.truncate(2_000);
    let mut frame = vec![if random.random_bool(0.7) { 0x81 } else { random.random() }];
    let mask = if random.random_bool(0.9) { 0x80 } else { 0 };
    match payload.len() {
        _ if random.random_bool(0.05) => frame.extend([mask | 0x7f, 255, 255, 255, 255, 255, 255, 255, 255]),
        length @ ..126 => frame.push(mask | u8::try_from(length).unwrap()),
        length => {
            frame.push(mask | 0x7e);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    if mask > 0 {
        // A mask of zeros changes nothing.
        frame.extend([0; 4]);
    }
    frame.extend(payload);
    frame
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn spoilt_frames_close_their_socket_and_nothing_else() {
    let site = RunningSite::start(&[("LOG_FILTER", "warn")]).await;
    let (ada, bob) = (site.person(), site.person());
    let id = ada.meet(&bob, "11").await.unwrap();
    let (mut left, mut right) = (ada.join(&id).await.unwrap(), bob.join(&id).await.unwrap());
    left.hear("go").await;
    right.hear("go").await;
    let messages = [
        r#"{"t":"in","n":17,"k":1234,"d":-1,"s":0}"#,
        r#"{"t":"in","n":-1,"k":99999999999,"d":7}"#,
        r#"{"t":"ping","c":51234}"#,
        r#"{"t":"ping","c":1e400}"#,
        r#"{"t":"resync"}"#,
        r#"{"t":"away"}"#,
        r#"{"t":"back"}"#,
        r#"{"t":"join"}"#,
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];
    // Each task plays in a match of its own, or watches that of ada and bob.
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let eve = site.person();
        let own = eve.play_bot().await.unwrap().match_id().unwrap();
        let (watched, address, cookies) = (id.clone(), site.address, eve.cookie_header());
        tasks.spawn(async move {
            let mut random = StdRng::seed_from_u64(29 + task);
            let (mut joined, mut sent) = (0, 0);
            for _ in 0..SOCKETS {
                let id = if random.random_bool(0.7) { &own } else { &watched };
                let mut bytes = handshake(&address.to_string(), id, &cookies).into_bytes();
                for _ in 0..random.random_range(1..20) {
                    bytes.extend(frame(&mut random, &messages));
                    sent += 1;
                }
                let answer = exchange(address, &bytes).await;
                let status = statuses(&answer);
                assert!(status.iter().all(|status| *status < 500), "{status:?}");
                joined += usize::from(status.first() == Some(&101));
            }
            (joined, sent)
        });
    }
    let (mut joined, mut sent) = (0, 0);
    while let Some(counts) = tasks.join_next().await {
        let (one, other) = counts.unwrap();
        joined += one;
        sent += other;
    }
    println!("{joined} sockets, {sent} frames");
    assert!(joined > SOCKETS && sent > 10_000, "{joined} sockets, {sent} frames");
    // The match that they watched goes on.
    left.steer(1, 1).await;
    assert_eq!(right.hear("in").await["d"], 1);
    site.assert_no_panic();
}
