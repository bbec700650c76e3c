//! One player of the load test: a socket, and a player who follows the ball.

use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};

use serde::Deserialize;
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    http::Browser,
    report::Measured,
    shared::{Test, match_of},
    wire::{Frame, Wire},
};
use crate::{
    live::{
        protocol::{Anchor, SUBPROTOCOL},
        room::clock::{Millis, PlayClock},
    },
    ops::Failure,
    pong::{Direction, Input, Rules, Seat, State, Tick, Timeline, step},
};

/// A key is pressed and released once in this time: four inputs a second.
const PRESS_EVERY: Duration = Duration::from_millis(500);
/// Longest and shortest time that a key is held.
const LONGEST_PRESS: f32 = 0.24;
const SHORTEST_PRESS: f32 = 0.03;
/// As often as the page does.
const PING_EVERY: Duration = Duration::from_secs(3);
/// How long a rematch may take to start.
const REMATCH: Duration = Duration::from_secs(20);
/// How far a player looks ahead, in ticks.
const FORESIGHT: u32 = 120;

/// What the two players of a match share; both are in this process.
#[derive(Default)]
pub(super) struct Court {
    timeline: Option<Timeline>,
    clock: Option<PlayClock>,
    held: bool,
    /// Inputs of each seat that have not reached the other side yet.
    under_way: [VecDeque<(Direction, Instant)>; 2],
    /// The match has ended. The first player to learn of it counts it.
    ended: bool,
    /// The court of the rematch.
    next: Option<(String, Rc<RefCell<Court>>)>,
}

/// The fields of the server's messages that a player needs.
#[derive(Deserialize)]
struct Heard<'a> {
    t: &'a str,
    s: Option<u64>,
    k: Option<Tick>,
    d: Option<i8>,
    n: Option<u32>,
    at: Option<Millis>,
    url: Option<&'a str>,
}

/// The fields of `join`.
#[derive(Deserialize)]
struct Joined {
    you: Vec<Seat>,
    rules: Rules,
    seed: u32,
    clock: Option<Anchor>,
    now: Millis,
}

/// A player and the socket.
pub(super) struct Player {
    test: Rc<Test>,
    browser: Browser,
    wire: Wire,
    id: String,
    court: Rc<RefCell<Court>>,
    seat: Seat,
    n: u32,
    /// Server time when this player's `join` arrived.
    joined: (Millis, Instant),
    /// A key is held.
    pressing: bool,
}

/// Why a player stops listening.
enum Over {
    /// The match ended.
    End,
    /// The socket closed.
    Dropped,
}

impl Player {
    /// Takes a seat in a match.
    pub async fn connect(
        test: Rc<Test>,
        browser: Browser,
        id: &str,
        court: Rc<RefCell<Court>>,
    ) -> Result<Self, Failure> {
        let failed = |error: String| Failure(format!("the socket of match {id}: {error}"));
        let request = format!(
            "GET /live/{id} HTTP/1.1\r\nHost: {name}\r\nOrigin: http://{name}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dHJhbnNjZW5kZW5jZSEhIQ==\r\n\
             Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\nCookie: {cookies}\r\n\r\n",
            name = test.host.name,
            cookies = browser.cookies(),
        );
        let mut wire = Wire::connect(Rc::clone(&test), test.host.address, &request)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let first = wire.next().await;
        let Ok(Frame::Text(text)) = first else { return Err(failed("no join message".to_owned())) };
        let joined: Joined = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        let seat = *joined.you.first().ok_or_else(|| failed("no seat".to_owned()))?;
        let mut shared = court.borrow_mut();
        if shared.timeline.is_none() {
            shared.timeline = Some(Timeline::new(joined.rules, joined.seed));
        }
        if let Some(Anchor { k, at }) = joined.clock {
            shared.clock = Some(PlayClock::new(k, at));
        }
        drop(shared);
        let joined = (joined.now, Instant::now());
        Ok(Self { test, browser, wire, id: id.to_owned(), court, seat, n: 0, joined, pressing: false })
    }

    /// Plays until the test is over; each finished match is followed by a rematch.
    pub async fn play(mut self) {
        let test = Rc::clone(&self.test);
        while matches!(self.play_match().await, Over::End) {
            match self.rematch().await {
                Ok(next) => self = next,
                Err(failure) => {
                    eprintln!("{failure}");
                    break;
                }
            }
        }
        test.measured.borrow_mut().dropped += 1;
    }

    async fn play_match(&mut self) -> Over {
        // Players should not press in step with each other.
        let offset = Duration::from_millis(u64::from(rand::random::<u16>()) % 500);
        let mut next_press = Instant::now() + offset;
        let mut next_ping = Instant::now() + offset * 6;
        let mut key = std::pin::pin!(sleep_until(next_press));
        loop {
            tokio::select! {
                biased;
                frame = self.wire.next() => match frame {
                    Ok(Frame::Text(text)) => if self.hear(&text) {
                        return Over::End;
                    },
                    Ok(Frame::Ping(payload)) => if self.wire.pong(&payload).await.is_err() {
                        return Over::Dropped;
                    },
                    Ok(Frame::Other) => {}
                    Ok(Frame::Close) | Err(_) => return Over::Dropped,
                },
                () = &mut key => {
                    let now = Instant::now();
                    if now >= next_ping {
                        next_ping += PING_EVERY;
                        if self.say(format!(r#"{{"t":"ping","c":{}}}"#, self.joined.1.elapsed().as_micros())).await.is_err() {
                            return Over::Dropped;
                        }
                    }
                    let wait = if self.pressing {
                        self.pressing = false;
                        if self.steer(Direction::Stop).await.is_err() { return Over::Dropped; }
                        next_press.saturating_duration_since(now)
                    } else {
                        next_press = now + PRESS_EVERY;
                        match self.wish(now) {
                            Some((direction, time)) => {
                                self.pressing = true;
                                if self.steer(direction).await.is_err() { return Over::Dropped; }
                                time
                            }
                            None => PRESS_EVERY,
                        }
                    };
                    key.as_mut().reset(now + wait);
                }
            }
        }
    }

    /// Handles a message; returns whether the match is over.
    fn hear(&mut self, text: &str) -> bool {
        let Ok(heard) = serde_json::from_str::<Heard<'_>>(text) else { return false };
        let mut court = self.court.borrow_mut();
        match heard.t {
            "in" => self.heard_input(&mut court, &heard),
            "go" => {
                if let (Some(k), Some(at)) = (heard.k, heard.at) {
                    court.clock = Some(PlayClock::new(k, at));
                    court.held = false;
                }
            }
            "hold" => court.held = true,
            "end" => {
                if !court.ended {
                    court.ended = true;
                    drop(court);
                    self.count(|measured| measured.finished += 1);
                }
                return true;
            }
            _ => {}
        }
        false
    }

    fn heard_input(&self, court: &mut Court, heard: &Heard<'_>) {
        if heard.n.is_some() {
            self.count(|measured| measured.moved += 1);
            return;
        }
        let direction = heard.d.and_then(|d| Direction::try_from(d).ok());
        let (Some(seat), Some(direction)) = (heard.s, direction) else { return };
        let waiting = usize::try_from(seat).ok().and_then(|seat| court.under_way.get_mut(seat));
        let Some(waiting) = waiting.filter(|_| seat != u64::from(self.seat.number())) else { return };
        // No player sent the stops that the server inserts itself.
        if waiting.front().is_some_and(|(sent, _)| *sent == direction)
            && let Some((_, at)) = waiting.pop_front()
        {
            self.test.measured.borrow_mut().arrived(at.elapsed());
        }
    }

    async fn steer(&mut self, direction: Direction) -> Result<(), ()> {
        let tick = self.present();
        {
            let mut court = self.court.borrow_mut();
            let seat = self.seat;
            if let Some(timeline) = &mut court.timeline {
                // An input too late for this copy of the match does not matter for following the ball.
                let _ = timeline.insert(Input { tick, seat, direction });
            }
            if let Some(waiting) = court.under_way.get_mut(seat.index()) {
                waiting.push_back((direction, Instant::now()));
            }
        }
        self.n += 1;
        self.count(|measured| measured.sent += 1);
        let message = format!(r#"{{"t":"in","n":{},"k":{tick},"d":{}}}"#, self.n, direction as i8);
        self.say(message).await
    }

    async fn say(&mut self, message: String) -> Result<(), ()> {
        self.wire.text(&message).await.map_err(|_| ())
    }

    fn present(&self) -> Tick {
        let passed = Millis::try_from(self.joined.1.elapsed().as_millis()).unwrap_or(0);
        self.court.borrow().clock.map_or(0, |clock| clock.present(self.joined.0 + passed))
    }

    /// Which key to press now, and for how long; `None` while nothing moves.
    fn wish(&self, now: Instant) -> Option<(Direction, Duration)> {
        let present = self.present();
        let mut court = self.court.borrow_mut();
        let passed = Millis::try_from(now.duration_since(self.joined.1).as_millis()).unwrap_or(0);
        let clock = court.clock.filter(|clock| !clock.counts_down(self.joined.0 + passed))?;
        if court.held || present <= clock.start() {
            return None;
        }
        let timeline = court.timeline.as_mut()?;
        timeline.confirm(present.saturating_sub(60), |_, _| ());
        let state = timeline.state_at(present);
        let here = state.paddle_y.get(self.seat.index()).copied()?;
        let way = meeting(timeline.rules(), state, self.seat) - here;
        // A person does not hit the middle either; it also keeps rallies from repeating.
        let way = way + i32::from(rand::random::<i16>()) / 4;
        let direction = if way < 0 { Direction::Up } else { Direction::Down };
        let speed = f32::from(u16::try_from(timeline.rules().paddle.speed).unwrap_or(u16::MAX)) * 60.0;
        let seconds = f32::from(i16::try_from(way.abs() / 16).unwrap_or(i16::MAX)) * 16.0 / speed.max(1.0);
        Some((direction, Duration::from_secs_f32(seconds.clamp(SHORTEST_PRESS, LONGEST_PRESS))))
    }

    /// Asks for a rematch, as the page does, and joins it.
    async fn rematch(mut self) -> Result<Self, Failure> {
        let path = format!("/matches/{}/rematch", self.id);
        let mut url = self.browser.post(&self.test.host, &path, &[]).await?;
        if match_of(&url).is_none_or(|id| id == self.id) {
            let going = async {
                while let Ok(frame) = self.wire.next().await {
                    let Frame::Text(text) = frame else { continue };
                    if let Ok(Heard { t: "goto", url: Some(url), .. }) = serde_json::from_str(&text) {
                        return Ok(url.to_owned());
                    }
                }
                Err(Failure("the socket ended before the rematch".to_owned()))
            };
            url = timeout(REMATCH, going).await.map_err(|_| Failure("no rematch was offered".to_owned()))??;
        }
        let id = match_of(&url).ok_or_else(|| Failure(format!("unexpected rematch address {url:?}")))?;
        let court = Rc::clone(&self.court.borrow_mut().next.get_or_insert_with(|| (id.clone(), Rc::default())).1);
        Self::connect(self.test, self.browser, &id, court).await
    }

    fn count(&self, with: impl FnOnce(&mut Measured)) {
        with(&mut self.test.measured.borrow_mut());
    }
}

/// Where the ball will be when it reaches a seat; the middle while it moves away.
fn meeting(rules: &Rules, mut state: State, seat: Seat) -> i32 {
    let towards = |state: &State| (state.ball_vx < 0) == (seat == Seat::LEFT) && state.ball_vx != 0;
    let middle = i32::from(rules.field.height) * 128;
    if !towards(&state) {
        return middle;
    }
    let mut y = state.ball_y;
    for _ in 0..FORESIGHT {
        let events = step(rules, &mut state);
        if events.hits() > 0 || events.point().is_some() {
            break;
        }
        y = state.ball_y;
    }
    y
}
