//! At which tick an input counts, and who may steer which seat.

use serde_json::json;

use super::{ADA, account, alias, spec, table::Table, two};
use crate::{
    live::{
        model::EndReason,
        protocol::CloseReason,
        room::{COUNTDOWN, WINDOW},
    },
    pong::Seat,
};

#[test]
fn an_input_counts_at_its_own_tick_inside_the_window_and_is_moved_to_it_otherwise() {
    let mut table = Table::playing(two(3, 7));
    table.pass(500); // now at tick 30
    table.say(1, r#"{"t":"in","n":1,"k":25,"d":-1}"#).unwrap();
    assert_eq!(table.heard(1, "in"), None, "accepted as sent: not echoed");
    assert_eq!(table.heard(2, "in").unwrap(), json!({"t": "in", "s": 0, "k": 25, "d": -1}));

    table.say(2, r#"{"t":"in","n":1,"k":3,"d":1}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap(), json!({"t": "in", "s": 1, "k": 30 - WINDOW, "d": 1, "n": 1}));
    assert_eq!(table.heard(1, "in").unwrap(), json!({"t": "in", "s": 1, "k": 30 - WINDOW, "d": 1}));

    table.say(2, r#"{"t":"in","n":2,"k":9999,"d":0}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap()["k"], 36, "not from the future");
    table.say(2, r#"{"t":"in","n":3,"k":30,"d":1}"#).unwrap();
    assert_eq!(table.heard(2, "in").unwrap()["k"], 36, "never before the seat's last input");

    let pong = {
        table.say(2, r#"{"t":"ping","c":-77}"#).unwrap();
        table.heard(2, "pong").unwrap()
    };
    assert_eq!(pong, json!({"t": "pong", "c": -77, "s": table.now, "n": 3, "q": [null, null]}));
}

#[test]
fn nobody_steers_a_seat_that_is_not_theirs() {
    let mut table = Table::playing(two(3, 7));
    table.join(3, None);
    for (conn, text) in [
        (1, r#"{"t":"in","n":1,"k":1,"d":1,"s":1}"#),
        (3, r#"{"t":"in","n":1,"k":1,"d":1}"#),
        (3, r#"{"t":"in","n":1,"k":1,"d":1,"s":0}"#),
        (3, r#"{"t":"leave"}"#),
    ] {
        assert_eq!(table.say(conn, text), Err(CloseReason::BadMessage), "{text}");
    }
    assert!(table.room.timeline().log().inputs().is_empty());
    assert_eq!(table.why(), None);
}

#[test]
fn the_count_of_inputs_must_rise() {
    let mut table = Table::playing(two(3, 7));
    table.say(1, r#"{"t":"in","n":2,"k":1,"d":1}"#).unwrap();
    assert_eq!(table.say(1, r#"{"t":"in","n":2,"k":2,"d":0}"#), Err(CloseReason::BadMessage));
}

#[test]
fn at_one_keyboard_one_connection_steers_both_seats() {
    let mut table = Table::new(spec(vec![account("ada", ADA), alias("eve")], 3, 7));
    table.join(1, Some(ADA));
    assert_eq!(table.heard(1, "join").unwrap()["you"], json!([0, 1]));
    assert!(table.heard(1, "go").is_some());
    table.pass(COUNTDOWN + 500);
    table.say(1, r#"{"t":"in","n":1,"k":30,"d":-1}"#).unwrap();
    table.say(1, r#"{"t":"in","n":2,"k":30,"d":1,"s":1}"#).unwrap();
    let steered: Vec<Seat> = table.room.timeline().log().inputs().iter().map(|input| input.seat).collect();
    assert_eq!(steered, [Seat::LEFT, Seat::RIGHT]);
    // Giving up at one keyboard leaves no winner.
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert_eq!(table.why(), Some((EndReason::Abandoned, None)));
}
