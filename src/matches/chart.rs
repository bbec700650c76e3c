//! The score over time as the lines of a chart, and as the rows of the table that says the same.

use std::fmt::Write;

use super::model::Record;
use crate::pong::TICKS_PER_SECOND;

/// Width of the chart's box in its own units.
pub const WIDTH: i64 = 1000;
/// Height of the chart's box in its own units.
pub const HEIGHT: i64 = 300;

/// The score over time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chart {
    /// The highest value of the score's axis.
    pub top: i64,
    /// An SVG path for the points of each side, from the left side on.
    pub lines: Vec<String>,
    /// An SVG path of the lines behind.
    pub grid: String,
    /// Every point in order.
    pub points: Vec<Point>,
}

/// A point as the table lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// Seconds of play until then.
    pub seconds: i64,
    /// The seat that made it.
    pub seat: usize,
    /// The score then, from the left side on.
    pub score: Vec<i64>,
}

impl Chart {
    /// Of a match; points of seats that it has not are left out.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let mut score = vec![0; record.sides.len()];
        let mut points = Vec::with_capacity(record.points.len());
        for (tick, seat) in &record.points {
            let Some(own) = score.get_mut(*seat) else { continue };
            *own += 1;
            points.push(Point { seconds: tick / i64::from(TICKS_PER_SECOND), seat: *seat, score: score.clone() });
        }
        let to_win = record.rules.as_ref().map_or(0, |rules| i64::from(rules.points_to_win));
        let top = score.iter().copied().chain([to_win, 1]).max().unwrap_or(1);
        let lines = (0..record.sides.len()).map(|seat| line(record, seat, top)).collect();
        Self { top, lines, grid: grid(), points }
    }
}

/// Steps up at each point of one side: level until the tick, then one higher.
fn line(record: &Record, of: usize, top: i64) -> String {
    let last = record.points.iter().map(|(tick, _)| *tick).chain([record.ticks, 1]).max().unwrap_or(1);
    let mut path = format!("M0 {HEIGHT}");
    let mut score = 0;
    for (tick, _) in record.points.iter().filter(|(_, seat)| *seat == of) {
        score += 1;
        // Writing to a string cannot fail.
        let _ = write!(path, "H{}V{}", tick.max(&0) * WIDTH / last, HEIGHT - score * HEIGHT / top);
    }
    let _ = write!(path, "H{WIDTH}");
    path
}

fn grid() -> String {
    (0..=4).map(|line| format!("M0 {}H{WIDTH}", line * HEIGHT / 4)).collect()
}
