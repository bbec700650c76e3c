//! The order of the rooms, which are the crate's top-level modules, as the sources keep it: who may use whom.

mod arrows;
mod circles;
mod reader;
mod self_test;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use self::{
    arrows::{Arrow, Files, arrows, room},
    circles::{Graph, Knot, knots},
};

/// Lines that a file may have.
const LONGEST: usize = 500;

/// Longer files, each with the reason why it is one idea.
const ONE_IDEA: &[(&str, &str)] = &[];

/// The files below a folder whose names end with one of these.
fn files(folder: &str, ends: &[&str]) -> Files {
    fn collect(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| ends.iter().any(|one| end == *one)))
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn sources() -> Files {
    files("src", &["rs"])
}

/// The rooms from the roof down, as `src/lib.rs` lists them: a blank line ends a row, and a room may use those of its own row and of
/// the rows below. Above all stands the binary.
fn rows() -> Vec<BTreeSet<String>> {
    let list = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let named = |row: &str| {
        let rooms = row.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        rooms.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let listed = list.split("\n\n").map(named).filter(|row| !row.is_empty());
    std::iter::once(BTreeSet::from(["main".to_owned(), "lib".to_owned()])).chain(listed).collect()
}

fn none<T: ToString>(found: impl IntoIterator<Item = T>, what: &str) {
    let lines: Vec<String> = found.into_iter().map(|one| one.to_string()).collect();
    assert!(lines.is_empty(), "{what} ({}):\n{}", lines.len(), lines.join("\n"));
}

/// The circles among rooms or files, with an example of each arrow in them.
fn circles(arrows: &BTreeSet<Arrow>, node: impl Fn(&str) -> &str) -> Vec<String> {
    let mut graph = Graph::new();
    let mut examples = BTreeMap::new();
    for arrow in arrows {
        let (from, to) = (node(&arrow.from), node(&arrow.to));
        if from != to {
            graph.entry(from).or_default().insert(to);
            examples.entry((from, to)).or_insert(arrow);
        }
    }
    let tell = |knot: &Knot| {
        let mut lines = vec![knot.circle.join(" -> ")];
        lines.extend(knot.circle.windows(2).map(|step| format!("    {}", examples[&(step[0], step[1])])));
        if knot.nodes.len() >= knot.circle.len() {
            lines.push(format!("    in one knot: {}", knot.nodes.iter().copied().collect::<Vec<_>>().join(", ")));
        }
        lines.join("\n")
    };
    knots(&graph).iter().map(tell).collect()
}

#[test]
fn every_room_has_a_row() {
    let sources = sources();
    let (rooms, rows): (BTreeSet<&str>, _) = (sources.keys().map(|file| room(file)).collect(), rows());
    assert!(rows.len() > 8, "{rows:?}");
    none(
        rooms.into_iter().filter(|room| !rows.iter().any(|row| row.contains(*room))),
        "give each of these rooms a row in src/lib.rs and in docs/architecture.md",
    );
}

#[test]
fn no_arrow_runs_up() {
    let (arrows, rows) = (arrows(&sources()), rows());
    let row = |file: &str| rows.iter().position(|row| row.contains(room(file)));
    let up = |arrow: &&Arrow| matches!((row(&arrow.from), row(&arrow.to)), (Some(from), Some(to)) if to < from);
    none(arrows.iter().filter(up), "a room uses one of a row above it");
}

#[test]
fn rooms_use_each_other_in_no_circle() {
    none(circles(&arrows(&sources()), room), "rooms use each other in a circle");
}

#[test]
fn files_use_each_other_in_no_circle() {
    none(circles(&arrows(&sources()), |file| file), "files use each other in a circle");
}

/// What two features share belongs in a file that is not a page. Only the site's table of URLs names the pages of all.
#[test]
fn no_feature_reaches_into_the_pages_of_another() {
    let is_page = |file: &str| {
        let inside = file.trim_end_matches(".rs");
        inside.split('/').skip(2).any(|name| name == "pages" || name.ends_with("_pages"))
    };
    let arrows = arrows(&sources());
    let reaches = |arrow: &&Arrow| {
        let from = room(&arrow.from);
        is_page(&arrow.to) && from != room(&arrow.to) && from != "site"
    };
    none(arrows.iter().filter(reaches), "a file names the pages of another room");
}

#[test]
fn every_file_is_of_a_length_that_one_idea_needs() {
    let kinds: [(&str, &[&str]); 4] =
        [("src", &["rs"]), ("tests", &["rs"]), ("static", &["js", "css"]), ("templates", &["html", "txt", "xml"])];
    let lengths: BTreeMap<String, usize> = kinds
        .into_iter()
        .flat_map(|(folder, ends)| files(folder, ends))
        .filter(|(file, _)| !file.starts_with("static/vendor/"))
        .map(|(file, text)| (file, text.lines().count()))
        .collect();
    let excused = |file: &str| ONE_IDEA.iter().any(|(name, _)| *name == file);
    none(
        lengths
            .iter()
            .filter(|(file, lines)| **lines > LONGEST && !excused(file))
            .map(|(file, lines)| format!("{file}: {lines}")),
        "files of more than 500 lines that are not in ONE_IDEA",
    );
    none(
        ONE_IDEA.iter().map(|(file, _)| *file).filter(|file| lengths.get(*file).is_none_or(|lines| *lines <= LONGEST)),
        "files in ONE_IDEA that are not that long, or not there",
    );
}
