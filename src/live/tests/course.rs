//! How a match begins and goes: its first messages, bots, spectators.

use serde_json::json;

use super::{ADA, BOB, account, bot, spec, table::Table, two};
use crate::{
    live::{
        model::EndReason,
        room::{COUNTDOWN, WAIT, clock::Millis, effects::Effects, seats::ABSENCE_BUDGET},
    },
    pong::{Seat, Strength},
};

#[test]
fn the_first_message_is_join_and_play_starts_when_both_are_there() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    let join = table.heard[&1][0].clone();
    assert_eq!((&join["t"], &join["phase"], &join["you"]), (&json!("join"), &json!("waiting"), &json!([0])));
    assert_eq!(join["seats"][1], json!({"name": "bob", "kind": "account", "on": false, "left": ABSENCE_BUDGET}));
    table.pass(5_000);
    assert_eq!(table.heard(1, "go"), None);
    table.join(2, Some(BOB));
    assert_eq!(table.heard[&2][0]["t"], "join");
    let go = table.heard(1, "go").unwrap();
    assert_eq!(go, json!({"t": "go", "k": 0, "at": 5_000 + COUNTDOWN}));
    assert_eq!(table.heard(2, "go").unwrap(), go);
}

#[test]
fn a_player_who_never_comes_leaves_the_match_without_a_winner() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    table.pass(WAIT);
    assert_eq!(table.why(), Some((EndReason::NoShow, None)));
    assert!(table.finished);
    let card = &table.room.outcome().unwrap().fairness;
    assert_eq!((card[0].absent_ms, Millis::from(card[1].absent_ms)), (0, WAIT), "the record tells who was missing");
    table.tell_end();
    let end = table.heard(1, "end").unwrap();
    assert_eq!((&end["why"], &end["missing"]), (&json!("no_show"), &json!([1])));

    let mut table = Table::new(two(3, 7));
    table.pass(WAIT);
    table.tell_end();
    table.join(1, Some(ADA));
    assert_eq!(
        table.heard(1, "end").unwrap()["missing"],
        json!([0, 1]),
        "a player who comes too late is told the same"
    );
}

#[test]
fn leaving_before_play_begins_calls_the_match_off() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert_eq!(table.why(), Some((EndReason::Aborted, None)));
}

#[test]
fn a_bot_plays_against_somebody_who_does_nothing_and_wins() {
    let mut table = Table::new(spec(vec![account("ada", ADA), bot(Strength::Strong)], 3, 9));
    table.join(1, Some(ADA));
    assert!(table.heard(1, "go").is_some(), "nobody waits for a bot");
    for _ in 0..600 {
        if table.why().is_none() {
            table.pass(1_000);
        }
    }
    let (why, winner) = table.why().expect("a match against nobody ends");
    assert_eq!((why, winner), (EndReason::Score, Some(Seat::RIGHT)));
    assert!(table.heard(1, "in").is_some_and(|input| input["s"] == 1), "its key presses are inputs like any other");
}

#[test]
fn a_spectator_sees_the_match_and_is_counted() {
    let mut table = Table::playing(two(11, 7));
    table.join(9, None);
    let join = table.heard(9, "join").unwrap();
    assert_eq!((&join["you"], &join["phase"]), (&json!([]), &json!("live")));
    assert_eq!(table.room.watchers(), 1);
    table.say(1, r#"{"t":"in","n":1,"k":5,"d":1}"#).unwrap();
    assert!(table.heard(9, "in").is_some());
    table.gone(9);
    assert_eq!((table.room.watchers(), table.heard(1, "seat")), (0, None));
}

#[test]
fn a_room_asks_to_be_woken_rarely() {
    let mut table = Table::playing(two(11, 7));
    let (mut wakes, until) = (0, table.now + 60_000);
    while let Some(wake) =
        table.room.next_wake(table.now).filter(|wake| *wake < until && table.room.outcome().is_none())
    {
        assert!(wake > table.now);
        table.now = wake;
        let mut fx = Effects::default();
        table.room.advance(wake, &mut fx);
        wakes += 1;
    }
    assert!(wakes < 120, "{wakes} wakes in a minute of play");
}
