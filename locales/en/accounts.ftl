signup-title = Sign up
signup-lead = Your matches, your record, your name on the scoreboard.
signup-guest = You play as { $name }. The matches of this guest become yours when you sign up.
signup-name = Name
signup-name-hint = 3 to 20 letters without accents, digits, _ or -. Everyone sees it.
signup-email = E-mail
signup-password-hint = 8 to 128 characters. Several words in a row make a good one.
signup-submit = Sign up
signup-known = You have an account already?
login-title = Log in
login-login = Name or e-mail
login-submit = Log in
login-wrong = No account has this name or e-mail with this password. Check both and try again.
login-unknown = No account yet?
login-sign-up = Sign up, it takes a minute.
login-guest = Or play as a guest.
form-password = Password
form-stay = Stay signed in on this device
form-errors = { $count ->
    [one] One thing to correct
   *[other] { $count } things to correct
}
too-many-seconds = Too many attempts. Try again in { $count ->
    [one] one second.
   *[other] { $count } seconds.
}
too-many-minutes = Too many attempts. Try again in { $count ->
    [one] one minute.
   *[other] { $count } minutes.
}
name-length = A name has 3 to 20 characters.
name-characters = A name is made of letters without accents, digits, _ and - only.
name-reserved = This name is reserved. Choose another.
name-taken = This name is taken. Choose another.
email-form = This is not an e-mail address. It looks like name@example.org.
email-taken = An account with this e-mail exists already. You can log in with it.
password-short = A password has at least 8 characters.
password-long = A password has at most 128 characters.
password-weak = This password is easy to guess.
password-straight-rows = Straight rows of keys are easy to guess.
password-keyboard-patterns = Short patterns on the keyboard are easy to guess.
password-repeats = Repeats like “aaa” are easy to guess.
password-repeated-groups = Repeats like “abcabcabc” are only slightly harder to guess than “abc”.
password-top-ten = This is one of the ten most common passwords.
password-top-hundred = This is one of the hundred most common passwords.
password-common = This is a very common password.
password-like-common = This is similar to a common password.
password-sequences = Sequences like “abc” or “6543” are easy to guess.
password-recent-years = Recent years are easy to guess.
password-single-word = A word by itself is easy to guess.
password-dates = Dates are often easy to guess.
password-single-name = Names and surnames by themselves are easy to guess.
password-common-names = Common names and surnames are easy to guess.
password-use-words = Use a few words, and avoid common phrases.
password-no-need = There is no need for symbols, digits or capital letters.
password-add-words = Add another word or two; uncommon words are better.
password-capitals = A capital letter at the start does not help much.
password-all-capitals = All capitals are almost as easy to guess as all small letters.
password-reversed = Words spelled backwards are not much harder to guess.
password-substitutions = Predictable replacements like “@” for “a” do not help much.
password-longer-pattern = Use a longer pattern on the keyboard with more turns.
password-avoid-repeats = Avoid repeated words and characters.
password-avoid-sequences = Avoid sequences.
password-avoid-recent-years = Avoid recent years.
password-avoid-own-years = Avoid years that have to do with you.
password-avoid-own-dates = Avoid dates and years that have to do with you.
notice-signed-up = Welcome! Your account is ready.
notice-logged-in = You are logged in.
notice-logged-out = You are logged out.
