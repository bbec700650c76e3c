//! Finished matches in words, in the language of the page.

use fluent_templates::fluent_bundle::FluentValue;

use super::model::{Record, Side, SideResult, Sitter};
use crate::{
    clock::{self, Moment},
    live::model::{EndReason, Mode},
    page::Page,
    players::model::PlayerKind,
};

/// The name to display.
#[must_use]
pub fn name(page: &Page, sitter: &Sitter) -> String {
    match sitter {
        Sitter::Player { name, .. } | Sitter::Alias(name) => name.clone(),
        Sitter::Erased => page.t("matches-erased"),
    }
}

/// The kind of player, where that is worth saying.
#[must_use]
pub fn kind(page: &Page, kind: Option<PlayerKind>) -> Option<String> {
    match kind? {
        PlayerKind::Account => None,
        PlayerKind::Guest => Some(page.t("matches-guest")),
        PlayerKind::Bot => Some(page.t("matches-bot")),
    }
}

/// How a match was made.
#[must_use]
pub fn mode(page: &Page, mode: Mode) -> String {
    page.t(match mode {
        Mode::Queue => "matches-mode-queue",
        Mode::Link => "matches-mode-link",
        Mode::Bot => "matches-mode-bot",
        Mode::Local => "matches-mode-local",
    })
}

/// The result of a match for one side.
#[must_use]
pub fn result(page: &Page, result: SideResult) -> String {
    page.t(match result {
        SideResult::Won => "matches-won",
        SideResult::Lost => "matches-lost",
        SideResult::None => "matches-uncounted",
    })
}

/// Who won, and why if not on points; or why nobody did.
#[must_use]
pub fn headline(page: &Page, record: &Record) -> String {
    let Some(winner) = record.winner() else {
        return without_winner(page, record);
    };
    let loser = record.sides.iter().find(|side| !side.winner);
    let values = [
        ("winner", FluentValue::from(name(page, &winner.sitter))),
        ("loser", FluentValue::from(loser.map(|side| name(page, &side.sitter)).unwrap_or_default())),
    ];
    let key = match record.end_reason {
        EndReason::Forfeit => "result-forfeit",
        EndReason::Left => "result-left",
        EndReason::Score | EndReason::Abandoned | EndReason::NoShow | EndReason::Aborted => "result-wins",
    };
    page.language.with(key, &values)
}

/// Why nobody won.
fn without_winner(page: &Page, record: &Record) -> String {
    let people = record.sides.iter().filter(|side| side.sitter.kind() != Some(PlayerKind::Bot));
    let (one, key, nobody) = match record.end_reason {
        EndReason::Aborted => return page.t("result-aborted"),
        EndReason::NoShow => (only(record.missing()), "result-no-show", "result-nobody-came"),
        _ if record.mode == Mode::Local => return page.t("result-stopped"),
        _ => (only(people), "result-went-away", "result-all-went-away"),
    };
    match one {
        Some(side) => page.t1(key, "name", name(page, &side.sitter)),
        None => page.t(nobody),
    }
}

/// The side, if there is exactly one.
fn only<'a>(mut sides: impl Iterator<Item = &'a Side>) -> Option<&'a Side> {
    sides.next().filter(|_| sides.next().is_none())
}

/// The match in one line, as in "ada 11–7 grace".
#[must_use]
pub fn line(page: &Page, record: &Record) -> String {
    match record.sides.as_slice() {
        [left, right] => {
            let (left_name, right_name) = (name(page, &left.sitter), name(page, &right.sitter));
            format!("{left_name} {}–{} {right_name}", left.score, right.score)
        }
        sides => sides
            .iter()
            .map(|side| format!("{} {}", name(page, &side.sitter), side.score))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// How long ago, up to a week; from then on a short date.
#[must_use]
pub fn ago(page: &Page, moment: &Moment) -> String {
    let minutes = (clock::now() - *moment).whole_minutes().max(0);
    match minutes {
        0 => page.t("ago-now"),
        1..60 => page.t1("ago-minutes", "count", minutes),
        60..1_440 => page.t1("ago-hours", "count", minutes / 60),
        1_440..10_080 => page.t1("ago-days", "count", minutes / 1_440),
        _ => page.date_short(moment),
    }
}

/// A measurement in milliseconds, or a dash where nothing was measured.
#[must_use]
pub fn millis(page: &Page, value: Option<i32>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| page.t1("result-millis", "value", value))
}

/// How often somebody was away, and for how long in total.
#[must_use]
pub fn pauses(page: &Page, count: i32, absent_ms: i32) -> String {
    if count == 0 {
        return "0".to_owned();
    }
    // Rounded up: half a second away still counts as an absence.
    page.t2("result-pauses-value", "count", count, "seconds", absent_ms.saturating_add(999) / 1_000)
}
