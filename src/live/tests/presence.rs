//! Players who go away, come back, or open a second tab.

use serde_json::json;

use super::{ADA, BOB, table::Table, two};
use crate::{
    live::{
        model::EndReason,
        protocol::CloseReason,
        room::{
            COUNTDOWN,
            clock::Millis,
            effects::{ConnId, Effects},
            seats::{ABSENCE_BUDGET, LEAST_ABSENCE},
        },
    },
    pong::Seat,
};

#[test]
fn play_holds_at_the_next_point_while_somebody_is_absent_and_goes_on_when_all_are_back() {
    let mut table = Table::playing(two(11, 7));
    table.pass(1_500);
    table.say(2, &format!(r#"{{"t":"in","n":1,"k":{},"d":1}}"#, 90)).unwrap();
    table.forget();
    table.gone(2);
    assert_eq!(table.heard(1, "in").unwrap()["d"], 0, "the key of an absent player is let go");
    let seat = table.heard(1, "seat").unwrap();
    assert_eq!(seat, json!({"t": "seat", "s": 1, "on": false, "left": ABSENCE_BUDGET}));
    assert_eq!(table.heard(1, "hold"), None, "the ball is in play");

    table.pass(12_000); // nobody moves, so there is a point soon
    let hold = table.heard(1, "hold").unwrap();
    let point = table.heard(1, "point").unwrap();
    assert_eq!(hold["s"], 1);
    assert!(hold["k"].as_u64() >= point["k"].as_u64());
    let tick = table.room.timeline().confirmed().tick;
    assert!(table.room.timeline().confirmed().pause > 0, "held inside the pause before the serve");
    table.pass(5_000);
    assert_eq!(table.room.timeline().confirmed().tick, tick, "nothing moves while held");

    table.join(3, Some(BOB));
    let join = table.heard(3, "join").unwrap();
    assert_eq!((&join["phase"], &join["hold"]), (&json!("held"), &hold["k"]));
    let left = join["seats"][1]["left"].as_u64().unwrap();
    assert_eq!(left, u64::from(ABSENCE_BUDGET) - 17_000);
    assert_eq!(table.heard(1, "seat").unwrap()["on"], true);
    assert_eq!(table.heard(1, "go").unwrap(), json!({"t": "go", "k": hold["k"], "at": table.now + COUNTDOWN}));
    table.pass(COUNTDOWN + 1_000);
    assert!(table.room.timeline().state_at(tick + 60).tick > tick);
}

#[test]
fn a_short_absence_within_a_rally_stops_nothing_but_costs_a_second() {
    let mut table = Table::playing(two(11, 7));
    table.pass(1_500);
    table.say(2, r#"{"t":"away"}"#).unwrap();
    table.pass(300);
    table.say(2, r#"{"t":"back"}"#).unwrap();
    let mut seats = [table.heard(1, "seat").unwrap(), table.heard(1, "seat").unwrap()].into_iter();
    assert_eq!(seats.next().unwrap()["on"], false);
    assert_eq!(seats.next().unwrap()["left"], ABSENCE_BUDGET - LEAST_ABSENCE);
    table.pass(3_000);
    assert_eq!(table.heard(1, "hold"), None);
}

#[test]
fn an_absence_during_the_countdown_holds_at_once() {
    let mut table = Table::new(two(3, 7));
    table.join(1, Some(ADA));
    table.join(2, Some(BOB));
    table.pass(1_000);
    table.forget();
    table.gone(1);
    assert_eq!(table.heard(2, "hold").unwrap(), json!({"t": "hold", "k": 0, "s": 0}));
    table.pass(1_000);
    table.join(3, Some(ADA));
    assert_eq!(table.heard(2, "go").unwrap()["at"], 2_000 + COUNTDOWN);
}

#[test]
fn a_player_absent_for_longer_than_the_budget_forfeits() {
    let mut table = Table::playing(two(11, 7));
    table.gone(1);
    table.pass(Millis::from(ABSENCE_BUDGET) - 1);
    assert_eq!(table.why(), None);
    table.pass(1);
    assert_eq!(table.why(), Some((EndReason::Forfeit, Some(Seat::RIGHT))));
    assert!(table.room.outcome().unwrap().fairness[0].absent_ms >= ABSENCE_BUDGET);
    assert_eq!(table.room.outcome().unwrap().fairness[0].pauses, 1);
}

#[test]
fn absences_add_up() {
    let mut table = Table::playing(two(11, 7));
    for conn in 10..15 {
        table.say(if conn == 10 { 1 } else { conn - 1 }, r#"{"t":"away"}"#).unwrap();
        table.pass(5_999);
        table.join(conn, Some(ADA));
        assert_eq!(table.why(), None);
        table.pass(COUNTDOWN);
    }
    table.gone(14);
    table.pass(6);
    assert_eq!(table.why(), Some((EndReason::Forfeit, Some(Seat::RIGHT))));
}

#[test]
fn when_both_are_gone_the_first_back_in_time_wins_and_otherwise_nobody() {
    let mut table = Table::playing(two(11, 7));
    table.gone(1);
    table.pass(10_000);
    table.gone(2);
    table.pass(25_000);
    assert_eq!(table.why(), None, "the budget of the second is not used up");
    table.join(3, Some(BOB));
    assert_eq!(table.why(), Some((EndReason::Forfeit, Some(Seat::RIGHT))));

    let mut table = Table::playing(two(11, 7));
    table.gone(1);
    table.gone(2);
    table.pass(Millis::from(ABSENCE_BUDGET));
    assert_eq!(table.why(), Some((EndReason::Abandoned, None)));
}

#[test]
fn a_second_tab_takes_the_seat_over_in_place() {
    let mut table = Table::playing(two(11, 7));
    table.pass(500);
    table.say(1, r#"{"t":"in","n":1,"k":30,"d":-1}"#).unwrap();
    table.forget();
    table.join(5, Some(ADA));
    assert_eq!(table.closed, [(ConnId(1), CloseReason::Taken)]);
    assert_eq!(table.heard(2, "in").unwrap()["d"], 0, "the new tab holds no key");
    assert_eq!(table.heard(2, "hold"), None);
    let join = table.heard(5, "join").unwrap();
    assert_eq!((&join["you"], &join["phase"], &join["n"]), (&json!([0]), &json!("live"), &json!(0)));
    table.say(5, r#"{"t":"in","n":1,"k":31,"d":1}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap()["d"], 1);
    // Whatever the first tab still says changes nothing, and neither does its end.
    assert_eq!(table.say(1, r#"{"t":"in","n":2,"k":31,"d":0}"#), Ok(()));
    let mut fx = Effects::default();
    table.room.disconnect(ConnId(1), table.now, &mut fx);
    assert!(fx.sends.is_empty());
}
