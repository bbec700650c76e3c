//! `GET /matches/{id}`: the result of a match.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use fluent_templates::fluent_bundle::FluentValue;

use super::{
    chart::{Chart, HEIGHT, WIDTH},
    model::{Record, Sitter},
    queries::{self, Found},
    wording,
};
use crate::{clock, db::Db, error::Error, id::Id, live, page::Page, paths, players::model::PlayerKind};

/// A match with its result.
#[derive(Template, WebTemplate)]
#[template(path = "matches/result.html")]
pub struct ResultPage {
    page: Page,
    record: Record,
    chart: Chart,
    headline: String,
    line: String,
    /// Names of the sides.
    names: Vec<String>,
    /// Whether the viewer played.
    took_part: bool,
}

impl ResultPage {
    fn new(page: Page, record: Record) -> Self {
        Self {
            headline: wording::headline(page.language, &record),
            line: wording::line(page.language, &record),
            names: record.sides.iter().map(|side| wording::name(page.language, &side.sitter)).collect(),
            took_part: record
                .sides
                .iter()
                .any(|side| matches!(&side.sitter, Sitter::Player { id, .. } if page.viewer.is(*id))),
            chart: Chart::of(&record),
            page,
            record,
        }
    }

    /// Whether the viewer can ask for a rematch: the match has just ended, and every player still exists.
    fn can_ask(&self) -> bool {
        self.took_part
            && self.just_ended()
            && self.record.rematch.is_none()
            && !self.record.sides.iter().any(|side| side.sitter == Sitter::Erased)
    }

    /// Whether somebody else must agree to a rematch.
    fn other_must_agree(&self) -> bool {
        self.record.sides.iter().all(|side| matches!(side.sitter.kind(), Some(PlayerKind::Account | PlayerKind::Guest)))
    }

    /// Whether the players may still be on this page together: only then does it listen for the other side.
    fn just_ended(&self) -> bool {
        clock::now() - self.record.finished_at < live::KEPT
    }

    fn name_of(&self, seat: &usize) -> &str {
        self.names.get(*seat).map_or("", String::as_str)
    }

    /// The chart in words, for people who cannot see it.
    fn chart_text(&self) -> String {
        let values = [
            ("line", FluentValue::from(self.line.clone())),
            ("count", FluentValue::from(self.chart.points.len())),
            ("duration", FluentValue::from(self.page.duration(self.record.seconds()))),
        ];
        self.page.language.with("result-chart-text", &values)
    }

    fn summary(&self) -> String {
        let values = [
            ("duration", FluentValue::from(self.page.duration(self.record.seconds()))),
            ("count", FluentValue::from(self.record.longest_rally)),
        ];
        self.page.language.with("result-summary", &values)
    }
}

/// `GET /matches/{id}`; a request for a match in progress is redirected to it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such match.
pub async fn result(page: Page, State(db): State<Db>, Path(id): Path<String>) -> Result<Response, Error> {
    let id: Id = id.parse().map_err(|_| Error::NotFound)?;
    let found = db.run(move |connection| queries::found(connection, id)).await?;
    match found.ok_or(Error::NotFound)? {
        Found::Live => Ok(Redirect::to(&paths::play(id)).into_response()),
        Found::Finished(record) => Ok(ResultPage::new(page, *record).into_response()),
    }
}
