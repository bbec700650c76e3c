//! The catalogues of both languages: complete, alike, and without a message that no page shows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};

/// The keys of a language, each with the names of its variables.
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

/// Every text that a message can become, each placeable standing as one letter.
fn texts(pattern: &Pattern<String>) -> Vec<String> {
    let mut texts = vec![String::new()];
    for element in &pattern.elements {
        let endings = match element {
            PatternElement::TextElement { value } => vec![value.clone()],
            PatternElement::Placeable { expression: Expression::Inline(_) } => vec!["x".to_owned()],
            PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                variants.iter().flat_map(|variant| self::texts(&variant.value)).collect()
            }
        };
        texts = texts.iter().flat_map(|text| endings.iter().map(move |ending| format!("{text}{ending}"))).collect();
    }
    texts
}

/// What is wrong with the spaces and apostrophes of a French text: `?`, `!`, `;` and `%` follow a narrow no-break space, a
/// colon and a closing quotation mark a no-break space, an opening one is followed by it. A colon within a word (`0:06`,
/// `https://…`) is no punctuation.
fn french_faults(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let at = |place: Option<usize>| place.and_then(|place| letters.get(place)).copied();
    let mut faults = Vec::new();
    for (place, letter) in letters.iter().enumerate() {
        let (before, after) = (at(place.checked_sub(1)), at(Some(place + 1)));
        let right = match letter {
            '?' | '!' | ';' | '%' => before == Some('\u{202F}'),
            ':' => before == Some('\u{A0}') || after.is_some_and(|after| !after.is_whitespace()),
            '»' => before == Some('\u{A0}'),
            '«' => after == Some('\u{A0}'),
            '\'' | '"' => false,
            _ => true,
        };
        if !right {
            faults.push(format!("{letter} in {text:?}"));
        }
    }
    faults
}

/// Every quoted text in the templates, the source and the scripts of the site. `format!("error-{kind}-title")` and
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

/// Whether a text is a key or can become it: `error-{kind}-title` any key with this beginning and end, `mode-` any key with this
/// beginning.
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
fn french_punctuation_cannot_be_parted_from_its_word() {
    let mut paths = Vec::new();
    files(&root().join("locales/fr"), &mut paths);
    let mut faults = Vec::new();
    for path in paths {
        let resource = parser::parse(fs::read_to_string(&path).unwrap()).unwrap();
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let texts = texts(message.value.as_ref().unwrap());
            let found: BTreeSet<String> = texts.iter().flat_map(|text| french_faults(text)).collect();
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", message.id.name)));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    for wrong in ["Quoi ?", "Quoi?", "50 %", "Compte : x", "Compte:", "« haut »", "l'ami", "« haut\u{A0}»"] {
        assert!(!french_faults(wrong).is_empty(), "{wrong:?} is found");
    }
    for right in ["Quoi\u{202F}?", "Compte\u{A0}: x", "x:x", "https://example.org", "«\u{A0}haut\u{A0}»"] {
        assert_eq!(french_faults(right), Vec::<String>::new());
    }
}

#[test]
fn every_message_is_used_somewhere() {
    let texts = quoted_texts();
    let unused: Vec<String> =
        catalogue("en").into_keys().filter(|key| !texts.iter().any(|text| can_become(text, key))).collect();
    assert_eq!(unused, Vec::<String>::new(), "no template and no source file names these");
}

#[test]
fn every_message_that_is_used_exists() {
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
    assert!(said > 50, "the search finds the messages at all ({said})");
    assert_eq!(missing, Vec::<String>::new());
}

/// The last quoted text in a call: the notice of `redirect_with(path, "notice-…")`.
fn last_word_of_call(rest: &str) -> Option<&str> {
    let call = rest.split(')').next()?;
    call.contains('"').then(|| call.rsplit('"').nth(1)).flatten().filter(|key| key.starts_with("notice-"))
}

/// Whether a word is a key that Rust code names for a template to show.
fn is_key_of_a_family(word: &str) -> bool {
    ["notice-", "password-", "name-", "email-"].iter().any(|family| word.starts_with(family))
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && !word.ends_with('-')
        && !["notice-good", "notice-bad", "notice-warn"].contains(&word)
}
