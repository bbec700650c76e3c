use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use super::support::{garbage, inputs};
use crate::pong::{Direction, Input, Log, LogError, Seat};

fn input(tick: u32, seat: Seat, direction: Direction) -> Input {
    Input { tick, seat, direction }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(inputs in garbage(u32::MAX, 200)) {
        let log = Log::new(inputs);
        prop_assert_eq!(Log::decode(&Log::encode(log.inputs())), Ok(log));
    }

    #[test]
    fn chunks_make_the_same_bytes(inputs in garbage(100_000, 200), at in any::<prop::sample::Index>()) {
        let log = Log::new(inputs);
        let (first, rest) = log.inputs().split_at(at.index(log.inputs().len() + 1));
        let mut bytes = Log::encode(first);
        bytes.extend(Log::encode_after(first.last().map_or(0, |input| input.tick), rest));
        prop_assert_eq!(bytes, Log::encode(log.inputs()));
    }

    #[test]
    fn garbage_is_refused_or_read_but_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(log) = Log::decode(&bytes) {
            prop_assert!(log.inputs().is_sorted_by_key(|input| input.tick));
            prop_assert_eq!(Log::decode(&Log::encode(log.inputs())), Ok(log));
        }
    }

    #[test]
    fn inserted_one_by_one_or_sorted_is_the_same(inputs in inputs(50, 100)) {
        let mut log = Log::default();
        for &input in &inputs {
            log.insert(input);
        }
        prop_assert_eq!(&log, &Log::new(inputs));
        for tick in [0, 1, 20, 49, 50, u32::MAX] {
            prop_assert!(log.since(tick).iter().all(|input| input.tick >= tick));
            prop_assert!(log.between(0, tick).iter().all(|input| input.tick < tick));
            prop_assert_eq!(log.since(tick).len() + log.between(0, tick).len(), log.inputs().len());
        }
    }
}

#[test]
fn an_input_takes_two_bytes_at_most_within_17_seconds_of_another() {
    let log = [
        input(0, Seat::LEFT, Direction::Up),
        input(7, Seat::RIGHT, Direction::Down),
        input(1_030, Seat::LEFT, Direction::Stop),
    ];
    assert_eq!(Log::encode(&log).len(), 1 + 1 + 2);
}

#[test]
fn a_cut_log_and_an_impossible_one_are_told_apart() {
    let bytes = Log::encode(&[input(500, Seat::LEFT, Direction::Up)]);
    assert_eq!(Log::decode(&bytes[..1]), Err(LogError::Cut));
    assert_eq!(Log::decode(&[3]), Err(LogError::Impossible), "there is no fourth direction");
    assert_eq!(Log::decode(&[0xff; 8]), Err(LogError::Impossible), "a number without end");
    assert_eq!(Log::decode(&[]), Ok(Log::default()));
}
