use std::fs;
use std::path::{Path, PathBuf};

/// The sources of the game, without its tests.
fn sources() -> Vec<PathBuf> {
    let folder = Path::new(file!()).parent().and_then(Path::parent).unwrap();
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

#[test]
fn the_game_names_no_clock_no_network_no_database_and_no_randomness() {
    let forbidden =
        ["tokio", "axum", "diesel", "std::time", "rand", "f32", "f64", "HashMap", "crate::live", "crate::db"];
    let sources = sources();
    assert!(sources.len() >= 9, "{sources:?}");
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        for word in forbidden {
            let named = text.match_indices(word).any(|(at, _)| {
                let part_of_word = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
                !part_of_word(text[..at].chars().next_back()) && !part_of_word(text[at + word.len()..].chars().next())
            });
            assert!(!named, "{} names {word}", path.display());
        }
    }
}
