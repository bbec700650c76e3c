//! The score over time, as the lines of a chart and as the rows of the equivalent table.

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
    /// An SVG path for the points of each side, starting with the left side.
    pub lines: Vec<String>,
    /// An SVG path of the grid lines in the background.
    pub grid: String,
    /// Every point, in order.
    pub points: Vec<Point>,
}

/// A point as the table lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// Seconds of play before it.
    pub seconds: i64,
    /// The seat that scored it.
    pub seat: usize,
    /// The score after it, starting with the left side.
    pub score: Vec<i64>,
}

impl Chart {
    /// The chart of a match, without points of seats that it does not have.
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

/// A line that steps up at each point of one side: level until the tick, then one higher.
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
    let lines: Vec<String> = (0..=4).map(|line| format!("M0 {}H{WIDTH}", line * HEIGHT / 4)).collect();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock,
        id::Id,
        live::model::{EndReason, Mode},
        matches::model::{Fairness, Side, Sitter},
        pong::Rules,
    };

    fn record(points: &[(i64, usize)], ticks: i64) -> Record {
        let side = |name: &str| Side {
            sitter: Sitter::Alias(name.to_owned()),
            score: 0,
            winner: false,
            fairness: Fairness::default(),
        };
        Record {
            id: Id(1),
            mode: Mode::Queue,
            finished_at: clock::now(),
            end_reason: EndReason::Score,
            rules: Rules::classic(3),
            ticks,
            longest_rally: 0,
            points: points.to_vec(),
            rematch: None,
            sides: vec![side("ada"), side("grace")],
        }
    }

    #[test]
    fn lines_and_table_agree_with_the_points() {
        let chart = Chart::of(&record(&[(600, 0), (1_200, 1), (1_800, 0), (2_400, 0)], 2_400));
        assert_eq!(chart.lines, ["M0 300H250V200H750V100H1000V0H1000", "M0 300H500V200H1000"]);
        let rows: Vec<_> = chart.points.iter().map(|point| (point.seconds, point.seat, point.score.clone())).collect();
        assert_eq!(rows, [(10, 0, vec![1, 0]), (20, 1, vec![1, 1]), (30, 0, vec![2, 1]), (40, 0, vec![3, 1])]);
    }

    #[test]
    fn what_makes_no_sense_is_drawn_inside_the_box_all_the_same() {
        let chart = Chart::of(&record(&[(-5, 0), (90, 7), (600, 1)], 0));
        assert_eq!(chart.lines, ["M0 300H0V200H1000", "M0 300H1000V200H1000"]);
        assert_eq!(chart.points.len(), 2);
        assert!(Chart::of(&record(&[], 0)).points.is_empty());
    }
}
