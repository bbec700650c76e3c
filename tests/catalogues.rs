//! The catalogues of both languages: complete, alike, and nothing in them that no page says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};

/// Keys of a language with the names of their variables.
type Catalogue = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn catalogue(language: &str) -> Catalogue {
    let mut paths = Vec::new();
    files(&root().join("locales").join(language), &mut paths);
    let mut catalogue = Catalogue::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let resource = parser::parse(text).unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let mut variables = BTreeSet::new();
            collect(message.value.as_ref().expect("each message has a text"), &mut variables);
            let key = message.id.name;
            assert!(catalogue.insert(key.clone(), variables).is_none(), "{key} is twice in {language}");
        }
    }
    catalogue
}

fn collect(pattern: &Pattern<String>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression: Expression::Inline(inline) } => collect_inline(inline, variables),
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                collect_inline(selector, variables);
                for variant in variants {
                    collect(&variant.value, variables);
                }
            }
        }
    }
}

fn collect_inline(inline: &InlineExpression<String>, variables: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name.clone());
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            arguments.positional.iter().for_each(|argument| collect_inline(argument, variables));
        }
        InlineExpression::Placeable { expression } => match expression.as_ref() {
            Expression::Inline(inline) => collect_inline(inline, variables),
            Expression::Select { .. } => panic!("a selection within a placeable: split the message"),
        },
        _ => {}
    }
}

/// Every quoted text of the templates, the source and the scripts of the site. `format!("error-{kind}-title")` and
/// `"mode-" ~ mode` in a template are texts too: they stand for the keys that they can become.
fn quoted_texts() -> BTreeSet<String> {
    let mut paths = Vec::new();
    for folder in ["templates", "src", "static"] {
        files(&root().join(folder), &mut paths);
    }
    let is_ours = |path: &&PathBuf| {
        let kind = path.extension().and_then(|kind| kind.to_str());
        matches!(kind, Some("html" | "rs" | "js")) && !path.to_string_lossy().contains("/vendor/")
    };
    let mut texts = BTreeSet::new();
    for path in paths.iter().filter(is_ours) {
        let text = fs::read_to_string(path).unwrap();
        for part in text.split(['"', '`', '\'']) {
            if part.len() < 80 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-{}_.()$".contains(&byte)) {
                texts.insert(part.to_owned());
            }
        }
    }
    texts
}

/// Whether a text is a key, or becomes one: `error-{kind}-title` any that begins and ends so, `mode-` any that begins so.
fn can_become(text: &str, key: &str) -> bool {
    if text == key {
        return true;
    }
    let (start, end) = match (text.split_once('{'), text.rsplit_once('}')) {
        (Some((start, _)), Some((_, end))) => (start, end),
        _ if text.ends_with('-') => (text, ""),
        _ => return false,
    };
    start.len() > 2
        && start.contains('-')
        && key.len() > start.len() + end.len()
        && key.starts_with(start)
        && key.ends_with(end)
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_variables() {
    let (english, french) = (catalogue("en"), catalogue("fr"));
    let missing = |from: &Catalogue, to: &Catalogue| {
        from.keys().filter(|key| !to.contains_key(*key)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(missing(&english, &french), Vec::<String>::new(), "missing in French");
    assert_eq!(missing(&french, &english), Vec::<String>::new(), "missing in English");
    for (key, variables) in &english {
        assert_eq!(variables, &french[key], "the variables of {key}");
    }
}

#[test]
fn every_message_is_said_somewhere() {
    let texts = quoted_texts();
    let unused: Vec<String> =
        catalogue("en").into_keys().filter(|key| !texts.iter().any(|text| can_become(text, key))).collect();
    assert_eq!(unused, Vec::<String>::new(), "no template and no source names these");
}

#[test]
fn every_message_that_is_said_exists() {
    let english = catalogue("en");
    let mut paths = Vec::new();
    for folder in ["templates", "src"] {
        files(&root().join(folder), &mut paths);
    }
    let mut missing = Vec::new();
    let mut said = 0;
    for path in paths {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for call in [".t(\"", ".t1(\"", ".t2(\"", ".with(\"", "redirect_with("] {
            for (at, _) in text.match_indices(call) {
                let rest = &text[at + call.len()..];
                let key = if call.ends_with('"') { rest.split('"').next() } else { last_word_of_call(rest) };
                let Some(key) = key.filter(|key| !key.contains('{') && !key.ends_with('-')) else { continue };
                said += 1;
                if !english.contains_key(key) {
                    missing.push(format!("{key} ({})", path.display()));
                }
            }
        }
        for key in text.split('"').filter(|word| is_key_of_a_family(word)) {
            if !english.contains_key(key) {
                missing.push(format!("{key} ({})", path.display()));
            }
        }
    }
    assert!(said > 50, "the search itself finds what is said ({said})");
    assert_eq!(missing, Vec::<String>::new());
}

/// The last quoted text before the call's end, which is the notice of `redirect_with(path, "notice-…")`.
fn last_word_of_call(rest: &str) -> Option<&str> {
    let call = rest.split(')').next()?;
    call.contains('"').then(|| call.rsplit('"').nth(1)).flatten().filter(|key| key.starts_with("notice-"))
}

/// Keys that Rust code names before a template says them.
fn is_key_of_a_family(word: &str) -> bool {
    ["notice-", "password-", "name-", "email-"].iter().any(|family| word.starts_with(family))
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && !word.ends_with('-')
        && ![
            "notice-good",
            "notice-bad",
            "notice-warn",
            "name-hint",
            "name-error",
            "email-error",
            "password-hint",
            "password-error",
        ]
        .contains(&word)
}
