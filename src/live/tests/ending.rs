//! Giving up, walking away, and the rematch.

use serde_json::json;

use super::{ADA, BOB, account, alias, bot, spec, table::Table, two};
use crate::{
    live::{
        model::EndReason,
        room::{COUNTDOWN, ON_THE_WAY, clock::Millis, effects::Effects, seats::ABSENCE_BUDGET},
    },
    pong::{Seat, Strength},
};

#[test]
fn giving_up_makes_the_other_side_win() {
    let mut table = Table::playing(two(11, 7));
    table.pass(2_000);
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert_eq!(table.why(), Some((EndReason::Left, Some(Seat::RIGHT))));
    assert_eq!(table.heard(2, "end"), None, "told once the result is stored");
    table.tell_end();
    let end = table.heard(2, "end").unwrap();
    assert_eq!((&end["why"], &end["winner"], &end["score"]), (&json!("left"), &json!(1), &json!([0, 0])));
}

#[test]
fn walking_away_from_a_bot_leaves_no_winner() {
    let mut table = Table::new(spec(vec![account("ada", ADA), bot(Strength::Weak)], 3, 9));
    table.join(1, Some(ADA));
    table.pass(COUNTDOWN + 1_000);
    table.gone(1);
    table.pass(Millis::from(ABSENCE_BUDGET));
    assert_eq!(table.why(), Some((EndReason::Abandoned, None)));
}

#[test]
fn a_rematch_needs_both_and_the_end() {
    let mut table = Table::playing(two(11, 7));
    let mut fx = Effects::default();
    assert!(!table.room.ask_rematch(Seat::LEFT, &mut fx), "not before the end");
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    assert!(!table.room.ask_rematch(Seat::LEFT, &mut fx));
    assert!(!table.room.ask_rematch(Seat::LEFT, &mut fx), "asking twice is not both");
    assert!(table.room.ask_rematch(Seat::RIGHT, &mut fx));
    table.room.go_to("/matches/x/play", &mut fx);
    table.carry_out(fx);
    assert_eq!(table.heard(2, "rematch").unwrap()["s"], 0);
    assert_eq!(table.heard(2, "goto").unwrap()["url"], "/matches/x/play");
}

#[test]
fn a_rematch_cannot_be_asked_of_a_player_who_has_been_gone_for_a_minute() {
    let mut table = Table::playing(two(11, 7));
    table.say(1, r#"{"t":"leave"}"#).unwrap();
    table.gone(2);
    let gone = |table: &Table, player| table.room.others_are_gone(player, table.now);
    table.pass(ON_THE_WAY);
    assert!(!gone(&table, ADA), "Bob may be on the way to the page of the result");
    table.pass(1);
    assert!(gone(&table, ADA));
    assert!(!gone(&table, BOB), "the other is there");
    table.join(3, Some(BOB));
    assert!(!gone(&table, ADA), "Bob came back");
    table.room.ask_rematch(Seat::RIGHT, &mut Effects::default());
    table.gone(3);
    assert!(!gone(&table, ADA), "Bob has agreed already");
}

#[test]
fn a_rematch_against_a_bot_or_at_one_keyboard_waits_for_nobody() {
    for other in [bot(Strength::Weak), alias("eve")] {
        let mut table = Table::new(spec(vec![account("ada", ADA), other], 3, 9));
        table.join(1, Some(ADA));
        table.say(1, r#"{"t":"leave"}"#).unwrap();
        table.pass(ON_THE_WAY + 1_000);
        assert!(!table.room.others_are_gone(ADA, table.now));
        assert!(table.room.ask_rematch(Seat::LEFT, &mut Effects::default()));
    }
}
