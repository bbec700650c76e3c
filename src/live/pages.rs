//! `GET /matches/{id}/play`: the page on which a match is played or watched. Everything else happens in `static/pong/play.js`, over
//! [`super::socket`].

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{Live, model::Mode, protocol::SeatKind, queries, recovery, room::seats::SeatSpec};
use crate::{
    db::json,
    error::Error,
    id::Id,
    page::Page,
    paths,
    pong::{Rules, Seat},
};

/// The texts that the page's script fills in itself: their names in the script (`Texts` in `static/pong/board.js`) and their keys.
const TEXTS: [(&str, &str); 29] = [
    ("waiting", "play-waiting"),
    ("held", "play-held"),
    ("heldYou", "play-held-you"),
    ("resuming", "play-resuming"),
    ("reconnectingText", "play-reconnecting-text"),
    ("unreachable", "play-unreachable"),
    ("ended", "play-ended"),
    ("endedWon", "play-ended-won"),
    ("endedNobody", "play-ended-nobody"),
    ("endedUnplayed", "play-ended-unplayed"),
    ("endedScore", "play-ended-score"),
    ("endedForfeit", "play-ended-forfeit"),
    ("endedLeft", "play-ended-left"),
    ("endedStopped", "play-ended-stopped"),
    ("endedBoth", "play-ended-both"),
    ("endedMissing", "play-ended-missing"),
    ("endedLate", "play-ended-late"),
    ("endedNoneCame", "play-ended-none-came"),
    ("endedAborted", "play-ended-aborted"),
    ("rematchOffered", "play-rematch-offered"),
    ("rematchAsked", "play-rematch-asked"),
    ("rematchFailed", "play-rematch-failed"),
    ("point", "play-point"),
    ("live", "play-live"),
    ("seconds", "play-seconds"),
    ("trip", "play-trip"),
    ("noTrip", "play-no-trip"),
    ("seatAwayLeft", "play-seat-away-left"),
    ("seatMissing", "play-seat-missing"),
];

/// The placeholders that the script replaces with values.
const PLACES: [(&str, &str); 5] =
    [("name", "{name}"), ("left", "{left}"), ("right", "{right}"), ("seconds", "{seconds}"), ("ms", "{ms}")];

/// The page of a match in progress.
#[derive(Template, WebTemplate)]
#[template(path = "live/play.html")]
pub struct PlayPage {
    page: Page,
    /// Path of the socket.
    socket: String,
    /// Path of the result.
    result: String,
    /// Where a rematch is asked for.
    rematch: String,
    /// Name on the left.
    left: String,
    /// Name on the right.
    right: String,
    /// Points that win.
    points: u8,
    /// The viewer's seats: `0`, `1`, `0,1`, or nothing for a spectator.
    seats: String,
    /// Texts for the script, as JSON.
    texts: String,
}

/// `GET /matches/{id}/play`; redirects to the result if the match is over.
///
/// # Errors
/// Not found; forbidden for viewers who may not watch; unavailable while the result of a finished match is not stored.
pub async fn play(State(live): State<Live>, page: Page, Path(id): Path<String>) -> Result<Response, Error> {
    let id: Id = id.parse().map_err(|_| Error::NotFound)?;
    let player = page.viewer.id();
    let Some(seen) = look(&live, id, player).await? else { return Err(Error::NotFound) };
    let own = seen.own;
    if own.is_empty() && !seen.mode.is_watchable() {
        return Err(Error::Forbidden);
    }
    if seen.is_over {
        return to_result(&live, id).await;
    }
    let names: Vec<String> = seen.names.iter().map(|(name, kind)| name_of(&page, name, *kind)).collect();
    let mut names = names.into_iter();
    let seats: Vec<String> = own.iter().map(ToString::to_string).collect();
    let page = PlayPage {
        socket: paths::socket(id),
        result: paths::result(id),
        rematch: paths::rematch(id),
        left: names.next().unwrap_or_default(),
        right: names.next().unwrap_or_default(),
        points: seen.points,
        seats: seats.join(","),
        texts: texts(&page),
        page,
    };
    Ok(page.into_response())
}

/// A match as the page shows it before its socket is open.
struct Seen {
    mode: Mode,
    is_over: bool,
    /// The viewer's seats.
    own: Vec<usize>,
    names: Vec<(String, SeatKind)>,
    points: u8,
}

/// Looks up a match, wherever it is played.
async fn look(live: &Live, id: Id, player: Option<Id>) -> Result<Option<Seen>, Error> {
    if let Some(cell) = live.registry().cell(id) {
        return Ok(Some(cell.look(|room| Seen {
            mode: cell.mode,
            is_over: room.outcome().is_some(),
            own: player.map(|player| room.seats_of(player)).unwrap_or_default().into_iter().map(Seat::index).collect(),
            names: room.specs().map(|seat| (seat.name.clone(), seat.kind)).collect(),
            points: room.rules().points_to_win,
        })));
    }
    let Some(glance) = live.registry().db.run(move |connection| queries::glance(connection, id)).await? else {
        return Ok(None);
    };
    let rules: Rules =
        json::read(&glance.rules).map_err(|error| Error::Internal(format!("rules of match {id}: {error}")))?;
    let plays = glance.is_player(player);
    let (mode, is_over) = (glance.mode, glance.is_over);
    let specs: Vec<SeatSpec> = glance.seats.into_iter().filter_map(recovery::seat_of).collect();
    let is_own = |spec: &SeatSpec| {
        plays && spec.kind != SeatKind::Bot && (spec.player == player || spec.kind == SeatKind::Alias)
    };
    let own = specs.iter().enumerate().filter(|(_, spec)| is_own(spec)).map(|(place, _)| place).collect();
    let names = specs.into_iter().map(|spec| (spec.name, spec.kind)).collect();
    Ok(Some(Seen { mode, is_over, own, names, points: rules.points_to_win }))
}

/// Redirects to the result once there is one: the page of a match without a result redirects here, and the browser would go back
/// and forth between the two.
async fn to_result(live: &Live, id: Id) -> Result<Response, Error> {
    match live.registry().db.run(move |connection| queries::is_finished(connection, id)).await? {
        Some(true) => Ok(Redirect::to(&paths::result(id)).into_response()),
        Some(false) => Err(Error::Unavailable(format!("match {id} has no result yet and is not being played here"))),
        None => Err(Error::NotFound),
    }
}

/// The name to show: a second person at the keyboard may not have given one.
fn name_of(page: &Page, name: &str, kind: SeatKind) -> String {
    if name.is_empty() && kind == SeatKind::Alias { page.t("play-second-player") } else { name.to_owned() }
}

fn texts(page: &Page) -> String {
    let places = PLACES.map(|(name, place)| (name, place.into()));
    let texts: serde_json::Map<String, serde_json::Value> =
        TEXTS.iter().map(|(name, key)| ((*name).to_owned(), page.language.with(key, &places).into())).collect();
    serde_json::Value::Object(texts).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_gets_every_text_that_it_knows_of() {
        let script = include_str!("../../static/pong/board.js");
        let (_, names) = script.split_once("@typedef {Record<").unwrap();
        let (names, _) = names.split_once(", string>").unwrap();
        let mut wanted: Vec<&str> = names.split('"').skip(1).step_by(2).collect();
        let mut given: Vec<&str> = TEXTS.iter().map(|(name, _)| *name).collect();
        wanted.sort_unstable();
        given.sort_unstable();
        assert_eq!(wanted, given);
    }
}
