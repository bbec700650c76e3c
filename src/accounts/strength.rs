//! How hard a password is to guess, and advice in the reader's language.

use zxcvbn::{
    Score,
    feedback::{Suggestion, Warning},
};

/// Words of the site that attackers would try first.
const SITE_WORDS: [&str; 2] = ["transcendence", "pong"];
/// How many characters of each word about the person are considered: the cost of the estimate grows with them.
const MAX_WORD: usize = 100;

/// Keys of the advice about a weak password, one sentence each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advice(pub Vec<&'static str>);

/// Advice on a weak password; `None` for one that takes more than 10⁸ guesses (zxcvbn's score 3). `words` are the person's own:
/// name, address. Takes milliseconds: not for async threads. Only the first 100 characters are estimated, which bounds the time.
#[must_use]
pub fn weakness(password: &str, words: &[&str]) -> Option<Advice> {
    let parts = words.iter().flat_map(|word| std::iter::once(*word).chain(word.split(['@', '.', '_', '-'])));
    let inputs: Vec<&str> =
        parts.chain(SITE_WORDS).filter(|word| !word.is_empty() && word.len() <= MAX_WORD).take(32).collect();
    let estimate = zxcvbn::zxcvbn(password, &inputs);
    if estimate.score() >= Score::Three {
        return None;
    }
    let mut keys = Vec::new();
    if let Some(feedback) = estimate.feedback() {
        keys.extend(feedback.warning().map(warning));
        keys.extend(feedback.suggestions().iter().map(|advice| suggestion(*advice)));
    }
    if keys.is_empty() {
        keys.push("password-weak");
    }
    Some(Advice(keys))
}

fn warning(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "password-straight-rows",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "password-keyboard-patterns",
        Warning::RepeatsLikeAaaAreEasyToGuess => "password-repeats",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => "password-repeated-groups",
        Warning::ThisIsATop10Password => "password-top-ten",
        Warning::ThisIsATop100Password => "password-top-hundred",
        Warning::ThisIsACommonPassword => "password-common",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "password-like-common",
        Warning::SequencesLikeAbcAreEasyToGuess => "password-sequences",
        Warning::RecentYearsAreEasyToGuess => "password-recent-years",
        Warning::AWordByItselfIsEasyToGuess => "password-single-word",
        Warning::DatesAreOftenEasyToGuess => "password-dates",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "password-single-name",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "password-common-names",
    }
}

fn suggestion(suggestion: Suggestion) -> &'static str {
    match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => "password-use-words",
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => "password-no-need",
        Suggestion::AddAnotherWordOrTwo => "password-add-words",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "password-capitals",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => "password-all-capitals",
        Suggestion::ReversedWordsArentMuchHarderToGuess => "password-reversed",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => "password-substitutions",
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => "password-longer-pattern",
        Suggestion::AvoidRepeatedWordsAndCharacters => "password-avoid-repeats",
        Suggestion::AvoidSequences => "password-avoid-sequences",
        Suggestion::AvoidRecentYears => "password-avoid-recent-years",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => "password-avoid-own-years",
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => "password-avoid-own-dates",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_and_personal_passwords_are_weak() {
        assert_eq!(weakness("password", &[]), Some(Advice(vec!["password-top-ten", "password-add-words"])));
        assert!(weakness("ada.lovelace1815", &["ada", "ada.lovelace1815@example.org"]).is_some());
        assert!(weakness("transcendence", &[]).is_some());
        assert_eq!(weakness("quite-a-long-rally-of-1972", &["ada"]), None);
    }

    #[test]
    fn long_input_costs_little() {
        let start = std::time::Instant::now();
        for password in ["a".repeat(60_000), "p4$$w0rd".repeat(8_000), "1l0v3y0u@!$%".repeat(5_000), "é".repeat(60_000)]
        {
            let _ = weakness(&password, &[&"x.".repeat(30_000), &"y".repeat(60_000)]);
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(8), "{:?}", start.elapsed());
    }
}
