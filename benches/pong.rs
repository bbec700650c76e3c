//! How fast the game is: `cargo bench --bench pong`. Prints medians; never fails.
#![allow(clippy::cast_precision_loss, reason = "counts of runs")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use transcendence::pong::{Bot, Log, Rules, Seat, State, Strength, Timeline, exhibition, steer, step};

/// Runs `work` repeatedly for about a second and returns the median time of one run.
fn median(mut work: impl FnMut()) -> Duration {
    let end = Instant::now() + Duration::from_secs(1);
    let mut times = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        work();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn say(what: &str, figure: f64, unit: &str) {
    println!("{what:<64} {figure:>10.2} {unit}");
}

fn main() {
    let rules = Rules::default();
    // Two strong bots, so that the ball is hit, missed and served as in a real match.
    let match_of_bots = exhibition(rules, 1, [Strength::Strong, Strength::Strong]);
    let (log, length) = (match_of_bots.log().clone(), match_of_bots.confirmed().tick);

    let time = median(|| {
        let (mut state, mut next) = (State::new(&rules, 1), 0);
        for _ in 0..length {
            while let Some(input) = log.inputs().get(next).filter(|input| input.tick == state.tick) {
                steer(&mut state, input.seat, input.direction);
                next += 1;
            }
            black_box(step(&rules, &mut state));
        }
        black_box(state);
    });
    say(
        "ticks of a match between bots, one after the other",
        f64::from(length) / time.as_secs_f64() / 1e6,
        "million/s",
    );

    let time = median(|| {
        black_box(Timeline::restore(rules, 1, log.clone(), u32::MAX));
    });
    say(
        &format!("a whole match ({length} ticks, {} inputs) from its log", log.inputs().len()),
        time.as_secs_f64() * 1e6,
        "µs",
    );

    // Ten ticks replayed, from every tenth tick of the match, as after a late input.
    let starts: Vec<Timeline> =
        (0..length - 10).step_by(10).map(|tick| Timeline::restore(rules, 1, log.clone(), tick)).collect();
    let time = median(|| {
        for start in &starts {
            black_box(start.state_at(start.confirmed().tick + 10));
        }
    });
    say("a re-simulation of 10 ticks, on average over a match", time.as_secs_f64() * 1e9 / starts.len() as f64, "ns");

    let time = median(|| {
        for start in &starts {
            let mut state = *start.confirmed();
            for _ in 0..10 {
                step(&rules, &mut state);
            }
            black_box(state);
        }
    });
    say("the same, step by step", time.as_secs_f64() * 1e9 / starts.len() as f64, "ns");

    // As a running server asks: held keys stay held, later inputs are not known yet.
    let live: Vec<Timeline> = (0..length - 10)
        .step_by(10)
        .map(|tick| Timeline::restore(rules, 1, Log::new(log.between(0, tick).to_vec()), tick))
        .collect();
    let time = median(|| {
        for timeline in &live {
            black_box(timeline.next_goal(600));
        }
    });
    say("next_goal, at most 10 s ahead", time.as_secs_f64() * 1e9 / live.len() as f64, "ns");

    let bytes = Log::encode(log.inputs());
    say("bytes an input in the log", bytes.len() as f64 / log.inputs().len() as f64, "");
    say("bytes of a state in memory", size_of::<State>() as f64, "");
    let time = median(|| {
        for start in &starts {
            black_box(Bot::new(Strength::Strong, Seat::LEFT, 1).look(&rules, start.confirmed()));
        }
    });
    say("a look of a strong bot", time.as_secs_f64() * 1e9 / starts.len() as f64, "ns");
}
