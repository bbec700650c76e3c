//! Finished matches in words, in a language.

use fluent_templates::fluent_bundle::FluentValue;

use super::model::{Record, Side, SideResult, Sitter};
use crate::{
    language::Language,
    live::model::{EndReason, Mode},
    players::model::PlayerKind,
};

/// The name to display.
#[must_use]
pub fn name(language: Language, sitter: &Sitter) -> String {
    match sitter {
        Sitter::Player { name, .. } | Sitter::Alias(name) => name.clone(),
        Sitter::Erased => language.t("matches-erased"),
    }
}

/// The kind of player, where that is worth saying.
#[must_use]
pub fn kind(language: Language, kind: Option<PlayerKind>) -> Option<String> {
    match kind? {
        PlayerKind::Account => None,
        PlayerKind::Guest => Some(language.t("matches-guest")),
        PlayerKind::Bot => Some(language.t("matches-bot")),
    }
}

/// How a match was made.
#[must_use]
pub fn mode(language: Language, mode: Mode) -> String {
    language.t(match mode {
        Mode::Queue => "matches-mode-queue",
        Mode::Link => "matches-mode-link",
        Mode::Bot => "matches-mode-bot",
        Mode::Local => "matches-mode-local",
    })
}

/// The result of a match for one side.
#[must_use]
pub fn result(language: Language, result: SideResult) -> String {
    language.t(match result {
        SideResult::Won => "matches-won",
        SideResult::Lost => "matches-lost",
        SideResult::None => "matches-uncounted",
    })
}

/// Who won, and why if not on points; or why nobody did.
#[must_use]
pub fn headline(language: Language, record: &Record) -> String {
    let Some(winner) = record.winner() else {
        return without_winner(language, record);
    };
    let loser = record.sides.iter().find(|side| !side.winner);
    let values = [
        ("winner", FluentValue::from(name(language, &winner.sitter))),
        ("loser", FluentValue::from(loser.map(|side| name(language, &side.sitter)).unwrap_or_default())),
    ];
    let key = match record.end_reason {
        EndReason::Forfeit => "result-forfeit",
        EndReason::Left => "result-left",
        EndReason::Score | EndReason::Abandoned | EndReason::NoShow | EndReason::Aborted => "result-wins",
    };
    language.with(key, &values)
}

/// Why nobody won.
fn without_winner(language: Language, record: &Record) -> String {
    let people = record.sides.iter().filter(|side| side.sitter.kind() != Some(PlayerKind::Bot));
    let (one, key, nobody) = match record.end_reason {
        EndReason::Aborted => return language.t("result-aborted"),
        EndReason::NoShow => (only(record.missing()), "result-no-show", "result-nobody-came"),
        _ if record.mode == Mode::Local => return language.t("result-stopped"),
        _ => (only(people), "result-went-away", "result-all-went-away"),
    };
    match one {
        Some(side) => language.t1(key, "name", name(language, &side.sitter)),
        None => language.t(nobody),
    }
}

/// The side, if there is exactly one.
fn only<'a>(mut sides: impl Iterator<Item = &'a Side>) -> Option<&'a Side> {
    sides.next().filter(|_| sides.next().is_none())
}

/// The match in one line, as in "ada 11–7 grace".
#[must_use]
pub fn line(language: Language, record: &Record) -> String {
    match record.sides.as_slice() {
        [left, right] => {
            let (left_name, right_name) = (name(language, &left.sitter), name(language, &right.sitter));
            format!("{left_name} {}–{} {right_name}", left.score, right.score)
        }
        sides => sides
            .iter()
            .map(|side| format!("{} {}", name(language, &side.sitter), side.score))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A measurement in milliseconds, or a dash where nothing was measured.
#[must_use]
pub fn millis(language: Language, value: Option<i32>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| language.t1("result-millis", "value", value))
}

/// How often somebody was away, and for how long in total.
#[must_use]
pub fn pauses(language: Language, count: i32, absent_ms: i32) -> String {
    if count == 0 {
        return "0".to_owned();
    }
    // Rounded up: half a second away still counts as an absence.
    language.t2("result-pauses-value", "count", count, "seconds", absent_ms.saturating_add(999) / 1_000)
}
