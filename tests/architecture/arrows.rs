//! Which file of the crate names which: an arrow each.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::reader::{Named, Path, read};

/// Files by name, such as `src/lobby/queue.rs`, with their text.
pub type Files = BTreeMap<String, String>;

/// One file names something in another.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Debug)]
pub struct Arrow {
    pub from: String,
    pub to: String,
    /// The path as it stands in the file, with the groups of a `use` spelt out.
    pub written: String,
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} ({})", self.from, self.to, self.written)
    }
}

/// The room of a file: its top-level module; `lib` and `main` for the two roots.
pub fn room(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    inside.split('/').next().and_then(|first| first.split('.').next()).unwrap_or(inside)
}

/// The module that a file is, `[]` for the library's root.
fn module(file: &str) -> Vec<String> {
    let inside = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut names: Vec<String> = inside.split('/').map(ToOwned::to_owned).collect();
    if inside == "lib" || names.len() > 1 && names.last().is_some_and(|last| last == "mod") {
        names.pop();
    }
    names
}

/// All arrows between the files under `src/`, without those of tests.
pub fn arrows(files: &Files) -> BTreeSet<Arrow> {
    let tree = Tree::new(files);
    let mut found = BTreeSet::new();
    for (file, named) in &tree.named {
        if tree.is_for_tests(file) {
            continue;
        }
        let target = |path: &Path| tree.absolute(file, path, 0).and_then(|names| tree.file(&names));
        for path in &named.paths {
            let Some(to) = target(path).filter(|to| to != file) else { continue };
            // `Row::new` after `use super::queue::Row` is told by the `use` already.
            let alias = path.names.first().and_then(|first| named.aliases.get(first));
            if alias.and_then(target) != Some(to) {
                found.insert(Arrow { from: (*file).to_owned(), to: to.to_owned(), written: path.names.join("::") });
            }
        }
    }
    found
}

struct Tree<'a> {
    /// The file of each module.
    modules: BTreeMap<Vec<String>, &'a str>,
    named: BTreeMap<&'a str, Named>,
    /// The file of each exported macro.
    macros: BTreeMap<String, &'a str>,
    test_modules: Vec<Vec<String>>,
}

impl<'a> Tree<'a> {
    fn new(files: &'a Files) -> Self {
        let named: BTreeMap<&str, Named> = files.iter().map(|(file, text)| (file.as_str(), read(text))).collect();
        // The program's root is no module of the library.
        let modules = files.keys().filter(|file| *file != "src/main.rs").map(|file| (module(file), file.as_str()));
        let macros = named.iter().flat_map(|(file, named)| named.macros.iter().map(|name| (name.clone(), *file)));
        let test_modules = named.iter().flat_map(|(file, named)| {
            named.test_modules.iter().map(|name| [module(file), vec![name.clone()]].concat())
        });
        Self { modules: modules.collect(), macros: macros.collect(), test_modules: test_modules.collect(), named }
    }

    fn is_for_tests(&self, file: &str) -> bool {
        self.test_modules.iter().any(|tests| module(file).starts_with(tests))
    }

    /// A path from the library's root; nothing for one into another crate.
    fn absolute(&self, file: &str, path: &Path, hops: usize) -> Option<Vec<String>> {
        let here = [module(file), path.inside.clone()].concat();
        let (first, rest) = path.names.split_first()?;
        match first.as_str() {
            "crate" if file == "src/main.rs" => None,
            "crate" | "transcendence" => Some(rest.to_vec()),
            "self" | "super" => {
                let ups =
                    path.names.iter().skip_while(|name| *name == "self").take_while(|name| *name == "super").count();
                let rest = path.names.iter().skip_while(|name| matches!(name.as_str(), "self" | "super"));
                let above = here.get(..here.len().checked_sub(ups)?)?;
                Some(above.iter().chain(rest).cloned().collect())
            }
            name => {
                let child = [here, vec![name.to_owned()]].concat();
                if self.modules.contains_key(&child) {
                    return Some([child, rest.to_vec()].concat());
                }
                // A name of which a `use` says what it is, which may lead to another one.
                let alias = self.named[file].aliases.get(name).filter(|_| hops < 4)?;
                let names = [alias.names.clone(), rest.to_vec()].concat();
                self.absolute(file, &Path { inside: alias.inside.clone(), names }, hops + 1)
            }
        }
    }

    /// The file of the longest part of a path that is a module.
    fn file(&self, names: &[String]) -> Option<&'a str> {
        let longest =
            (0..=names.len()).rev().find_map(|length| self.modules.get(&names[..length]).map(|file| (length, *file)));
        let exported = names.first().and_then(|name| self.macros.get(name).copied());
        match longest {
            Some((0, root)) => exported.or(Some(root)),
            Some((_, file)) => Some(file),
            None => exported,
        }
    }
}
