//! The reader on small made-up sources: what sees nothing would find every order kept.

use super::{
    arrows::{Files, arrows, room},
    circles::{Graph, Knot, knots},
    sources,
};

/// The modules that the sources below can name.
const THERE: &[&str] = &[
    "src/lib.rs",
    "src/web/mod.rs",
    "src/web/hosts.rs",
    "src/db/mod.rs",
    "src/lobby/mod.rs",
    "src/lobby/queue.rs",
    "src/lobby/pages/mod.rs",
    "src/lobby/pages/invite.rs",
    "src/config.rs",
    "src/config/parse.rs",
];

/// What one file with this text names, as `file (path)`.
fn named_by(file: &str, text: &str) -> Vec<String> {
    let mut files: Files = THERE.iter().map(|file| ((*file).to_owned(), String::new())).collect();
    files.insert(
        "src/db/text.rs".to_owned(),
        "#[macro_export]\nmacro_rules! words { () => { $crate::db::Kind } }".to_owned(),
    );
    files.insert(file.to_owned(), text.to_owned());
    let from_here = arrows(&files).into_iter().filter(|arrow| arrow.from == file);
    from_here.map(|arrow| format!("{} ({})", arrow.to, arrow.written)).collect()
}

#[test]
fn a_use_is_read_with_all_its_groups() {
    let text = "
        use std::{fmt, web::hosts};
        pub(crate) use crate::{
            db::{self, Kind as Which},
            web::{hosts::{Hosts, is_loopback}, *},
        };
        pub use self::pages::invite;
        fn inside() { use super::config::parse; }
        use ::lobby::queue;
        mod queue;
        pub(in crate::web) struct Here;
    ";
    let expected = [
        "src/config/parse.rs (super::config::parse)",
        "src/db/mod.rs (crate::db)",
        "src/db/mod.rs (crate::db::Kind)",
        "src/lobby/pages/invite.rs (self::pages::invite)",
        "src/web/hosts.rs (crate::web::hosts::Hosts)",
        "src/web/hosts.rs (crate::web::hosts::is_loopback)",
        "src/web/mod.rs (crate::web)",
    ];
    assert_eq!(named_by("src/lobby/mod.rs", text), expected);
}

#[test]
fn a_path_in_code_is_read_wherever_it_stands() {
    let text = "
        use crate::web::{self, Page};
        fn all<'a>(one: &'a super::queue::Row) -> Option<crate::db::Kind> {
            Page::new(); let quote = '\"'; let word: &'static str = web::hosts::name();
            println!(\"{}\", self::deeper::x(super::super::config::parse::y::<crate::Root>()));
            mod deeper { use super::super::pages; mod more { fn z() { super::super::super::queue::z() } } }
            crate::words!(Vec::<u8>::new(), <u8 as lobby::queue>::web::MAX, other::web::hosts, 'x', b'\\'')
        }
    ";
    let expected = [
        "src/config/parse.rs (super::super::config::parse::y)",
        "src/db/mod.rs (crate::db::Kind)",
        "src/db/text.rs (crate::words)",
        "src/lib.rs (crate::Root)",
        "src/lobby/pages/mod.rs (super::super::pages)",
        "src/lobby/queue.rs (super::queue::Row)",
        "src/lobby/queue.rs (super::super::super::queue::z)",
        "src/web/hosts.rs (web::hosts::name)",
        "src/web/mod.rs (crate::web)",
        "src/web/mod.rs (crate::web::Page)",
    ];
    assert_eq!(named_by("src/lobby/forms.rs", text), expected);
}

#[test]
fn a_child_is_named_without_a_use_and_a_macro_where_it_is_defined() {
    assert_eq!(named_by("src/config.rs", "mod parse; fn x() { parse::all() }"), ["src/config/parse.rs (parse::all)"]);
    assert_eq!(named_by("src/lib.rs", "pub mod web; fn x() { web::hosts::y() }"), ["src/web/hosts.rs (web::hosts::y)"]);
    assert_eq!(named_by("src/web/hosts.rs", "fn x() {}"), [""; 0]);
    assert_eq!(named_by("src/db/schema.rs", "use crate::words;"), ["src/db/text.rs (crate::words)"]);
}

#[test]
fn the_program_names_the_library_by_its_name() {
    let text = "
        use transcendence::lobby::{self, queue as row};
        fn main() { row::x(lobby::pages::y(), row::X, crate::web::z()) }
    ";
    let expected = [
        "src/lobby/mod.rs (transcendence::lobby)",
        "src/lobby/pages/mod.rs (lobby::pages::y)",
        "src/lobby/queue.rs (transcendence::lobby::queue)",
    ];
    assert_eq!(named_by("src/main.rs", text), expected);
}

#[test]
fn comments_strings_and_code_for_tests_name_nothing() {
    let text = r##"
        //! [`crate::web`]
        /// crate::web::x
        /* crate::web::x /* crate::web::x */ crate::web::x */
        const TEXT: &str = "crate::web::x \" crate::web::x";
        const RAW: &[u8] = br#"crate::web::x " crate::web::x"#;
        #[cfg(test)]
        use crate::web::{hosts, x};
        #[cfg(test)]
        #[derive(Debug)]
        struct Here([u8; 3], crate::web::X);
        #[cfg(test)]
        mod tests { fn x() { if true { crate::web::x() } } fn y() { crate::web::x() } }
        #[cfg(test)]
        mod checks;
        fn after() { crate::db::x() }
    "##;
    assert_eq!(named_by("src/lobby/mod.rs", text), ["src/db/mod.rs (crate::db::x)"]);
    let mut files: Files = THERE.iter().map(|file| ((*file).to_owned(), String::new())).collect();
    files.insert("src/lobby/mod.rs".to_owned(), text.to_owned());
    for file in ["src/lobby/checks.rs", "src/lobby/checks/deep.rs"] {
        files.insert(file.to_owned(), "use crate::web;".to_owned());
    }
    assert_eq!(arrows(&files).len(), 1);
}

#[test]
fn of_each_knot_a_shortest_circle_is_told() {
    let graph: Graph = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "b"), ("c", "d"), ("d", "e"), ("x", "y"), ("y", "x")]
        .into_iter()
        .fold(Graph::new(), |mut graph, (from, to)| {
            graph.entry(from).or_default().insert(to);
            graph
        });
    let expected = [(["a", "b", "c"].as_slice(), ["b", "c", "b"]), (&["x", "y"], ["x", "y", "x"])];
    let knot = |(nodes, circle): (&[&'static str], [&'static str; 3])| Knot {
        nodes: nodes.iter().copied().collect(),
        circle: circle.to_vec(),
    };
    assert_eq!(knots(&graph), expected.map(knot));
}

#[test]
fn the_sources_of_the_site_are_full_of_arrows() {
    let sources = sources();
    let arrows = arrows(&sources);
    assert!(arrows.len() > 300, "only {} arrows", arrows.len());
    let others = arrows.iter().filter(|arrow| room(&arrow.from) != room(&arrow.to)).count();
    assert!(others > 200, "only {others} arrows between rooms");
    assert!(sources.values().all(|text| !text.contains("#[path")), "the reader does not know #[path]");
}
