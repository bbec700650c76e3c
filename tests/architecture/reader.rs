//! What one source file names: its `use` items, its inline paths and the modules it declares.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{is_word, tokens};

/// A path as it stands in a file; groups of a `use` are spelt out.
#[derive(Clone, Debug)]
pub struct Path {
    /// The inline modules (`mod x { ... }`) of the file that it stands in.
    pub inside: Vec<String>,
    /// Its names. The first is empty for a path that starts with `::`.
    pub names: Vec<String>,
}

/// What was found in a file, outside code that only tests have.
#[derive(Default, Debug)]
pub struct Named {
    /// Every path of two names or more, and every `use`.
    pub paths: Vec<Path>,
    /// What a `use` gives a short name.
    pub aliases: BTreeMap<String, Path>,
    /// Modules declared under `#[cfg(test)]`, which live in files of their own.
    pub test_modules: BTreeSet<String>,
    /// Macros with `#[macro_export]`: they are named as if they stood in `lib.rs`.
    pub macros: BTreeSet<String>,
}

/// Reads a file.
pub fn read(source: &str) -> Named {
    let mut reader = Reader { tokens: tokens(source), at: 0, depth: 0, inside: Vec::new(), named: Named::default() };
    while reader.at < reader.tokens.len() {
        reader.step();
    }
    reader.named
}

struct Reader<'a> {
    tokens: Vec<&'a str>,
    at: usize,
    /// Open braces.
    depth: usize,
    /// The inline modules around, with the depth at which each ends.
    inside: Vec<(String, usize)>,
    named: Named,
}

impl<'a> Reader<'a> {
    /// The token so many further on; empty after the end.
    fn ahead(&self, count: usize) -> &'a str {
        self.tokens.get(self.at + count).copied().unwrap_or_default()
    }

    fn before(&self) -> &'a str {
        self.at.checked_sub(1).map_or("", |at| self.tokens[at])
    }

    fn starts(&self, with: &[&str]) -> bool {
        self.tokens[self.at..].starts_with(with)
    }

    fn step(&mut self) {
        if self.starts(&["#", "[", "cfg", "(", "test", ")"]) || self.starts(&["#", "[", "cfg", "(", "all", "(", "test"])
        {
            return self.pass_item();
        }
        if self.starts(&["pub", "(", "in"]) {
            // A visibility, not a use.
            self.at += 1;
            return self.pass_brackets();
        }
        match (self.ahead(0), self.ahead(1), self.ahead(2)) {
            // `+ use<'a>` is a bound.
            ("use", next, _) if next != "<" => {
                self.at += 1;
                self.tree(&[]);
                return;
            }
            ("mod", name, "{") => {
                self.inside.push((name.to_owned(), self.depth));
                self.at += 1;
            }
            ("macro_export", _, _) => {
                let name = self.tokens[self.at..].iter().skip_while(|token| **token != "macro_rules").nth(2);
                self.named.macros.extend(name.map(ToString::to_string));
            }
            ("{", ..) => self.depth += 1,
            ("}", ..) => {
                self.depth = self.depth.saturating_sub(1);
                self.inside.pop_if(|(_, depth)| *depth == self.depth);
            }
            (name, "::", _) if is_name(name) && self.before() != "::" && (name == "crate" || self.before() != "$") => {
                return self.inline();
            }
            _ => {}
        }
        self.at += 1;
    }

    /// A path in code.
    fn inline(&mut self) {
        let mut names = vec![self.ahead(0).to_owned()];
        self.at += 1;
        while self.ahead(0) == "::" && is_name(self.ahead(1)) {
            names.push(self.ahead(1).to_owned());
            self.at += 2;
        }
        if names.len() > 1 {
            self.keep(names);
        }
    }

    /// A `use` item or a part of a group in it, after the names of the groups around.
    fn tree(&mut self, before: &[String]) {
        let mut names = before.to_vec();
        loop {
            match self.ahead(0) {
                "{" => {
                    self.at += 1;
                    while !matches!(self.ahead(0), "}" | "") {
                        self.tree(&names);
                        self.at += usize::from(self.ahead(0) == ",");
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    self.at += 1;
                    self.keep(names);
                    return;
                }
                // The first of a path from the root of all crates.
                "::" => names.push(String::new()),
                "self" if !names.is_empty() => self.at += 1,
                name => {
                    names.push(name.to_owned());
                    self.at += 1;
                }
            }
            if self.ahead(0) != "::" {
                break;
            }
            self.at += 1;
        }
        let mut alias = names.last().cloned().unwrap_or_default();
        if self.ahead(0) == "as" {
            self.ahead(1).clone_into(&mut alias);
            self.at += 2;
        }
        let path = self.keep(names);
        self.named.aliases.insert(alias, path);
    }

    fn keep(&mut self, names: Vec<String>) -> Path {
        let inside = self.inside.iter().map(|(name, _)| name.clone()).collect();
        let path = Path { inside, names };
        self.named.paths.push(path.clone());
        path
    }

    /// Passes an attribute that only tests have, further attributes and the item below them.
    fn pass_item(&mut self) {
        while self.ahead(0) == "#" {
            self.at += 1;
            self.pass_brackets();
        }
        let mut is_use = false;
        loop {
            match self.ahead(0) {
                "" => return,
                ";" => {
                    self.at += 1;
                    return;
                }
                "mod" if self.ahead(2) == ";" => {
                    self.named.test_modules.insert(self.ahead(1).to_owned());
                    self.at += 1;
                }
                "use" => {
                    is_use = true;
                    self.at += 1;
                }
                "{" if !is_use => return self.pass_brackets(),
                "{" | "(" | "[" => self.pass_brackets(),
                _ => self.at += 1,
            }
        }
    }

    /// Passes an opening bracket, whatever its kind, and all up to the closing one.
    fn pass_brackets(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.ahead(0) {
                "" => return,
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|char: char| is_word(char) && !char.is_numeric())
}
