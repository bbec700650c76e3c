//! Clients that predict, over slow and broken networks, agree with the server.

use proptest::prelude::*;
use serde_json::json;

use super::{
    two,
    world::{Event, World},
};
use crate::{
    live::{
        model::EndReason,
        room::{Room, effects::Outcome},
    },
    pong::{Log, Rules, State, Timeline},
};

fn replayed(outcome: &Outcome, rules: Rules, seed: u32) -> State {
    *Timeline::restore(rules, seed, Log::decode(&outcome.log).unwrap(), outcome.ticks).confirmed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_predicting_clients_agree_with_the_server_at_every_point(
        seed: u32,
        random: u64,
        low in 0..120_u64,
        spread in 0..300_u64,
    ) {
        let mut world = World::new(two(3, seed), random, (low, low + spread));
        world.begin();
        prop_assert!(world.run(1_000_000, World::all_heard), "the match did not end");
        let outcome = world.room.outcome().unwrap().clone();
        prop_assert_eq!(outcome.why, EndReason::Score);
        prop_assert_eq!(outcome.points.len(), usize::from(outcome.score[0] + outcome.score[1]));
        for client in &world.clients {
            let end = client.end.as_ref().unwrap();
            prop_assert_eq!(&end["score"], &json!(outcome.score));
            prop_assert_eq!(client.scores.len(), outcome.points.len());
            prop_assert!(client.checked + client.checks.len() == outcome.points.len() && client.checked > 0);
        }
        // The stored log alone gives the same match.
        let replay = replayed(&outcome, Rules::classic(3).unwrap(), seed);
        prop_assert_eq!(&replay.score[..2], &outcome.score[..]);
        prop_assert_eq!(replay.winner(), outcome.winner);
        prop_assert!(world.saves >= outcome.points.len() - 1);
    }

    #[test]
    fn cut_connections_change_nothing_that_was_decided(
        seed: u32,
        random: u64,
        cuts in prop::collection::vec((0..60_000_u64, 0..2_usize, 50..3_000_u64), 1..5),
    ) {
        let mut world = World::new(two(3, seed), random, (10, 90));
        world.begin();
        for (time, client, absent) in cuts {
            world.at(2_000 + time, Event::Drop(client));
            world.at(2_000 + time + absent, Event::Connect(client));
        }
        prop_assert!(world.run(2_000_000, World::all_heard), "the match did not end");
        let outcome = world.room.outcome().unwrap();
        prop_assert_eq!(outcome.why, EndReason::Score);
        let replay = replayed(outcome, Rules::classic(3).unwrap(), seed);
        prop_assert_eq!(replay.winner(), outcome.winner);
        prop_assert!(world.clients.iter().any(|client| client.checked > 0));
    }

    #[test]
    fn a_match_rebuilt_from_its_chunks_is_the_same_match(seed: u32, random: u64, stop in 5_000..60_000_u64) {
        let mut world = World::new(two(11, seed), random, (5, 60));
        world.begin();
        let (mut stored, mut until) = (Vec::new(), 0);
        // It is saved as it goes, at odd moments.
        for part in 1..=4 {
            world.run(1_000 + stop * part / 4, |_| false);
            if let Some(chunk) = world.room.chunk() {
                stored.extend_from_slice(Log::decode(&chunk.inputs).unwrap().inputs());
                until = chunk.until;
                world.room.saved(chunk.until);
                prop_assert_eq!(world.room.chunk(), None);
            }
        }
        prop_assume!(world.room.outcome().is_none() && until > 0);
        let again = Room::recovered(two(11, seed), Log::new(stored), until, 5);
        prop_assert_eq!(again.timeline().confirmed(), world.room.timeline().confirmed());
        // Both come back and play it to its end.
        world.room = again;
        world.now = 5;
        world.queue.clear();
        world.links.clear();
        world.conns = vec![None, None];
        for client in &mut world.clients {
            client.checked = 0;
            client.scores.clear();
        }
        world.begin();
        prop_assert!(world.run(3_000_000, World::all_heard), "the match did not end");
        let outcome = world.room.outcome().unwrap();
        prop_assert_eq!(outcome.score.iter().max(), Some(&11));
        prop_assert_eq!(outcome.points.len(), usize::from(outcome.score[0] + outcome.score[1]));
        prop_assert_eq!(replayed(outcome, Rules::classic(11).unwrap(), seed).winner(), outcome.winner);
    }
}
