signup-title = Sign up
signup-lead = Your matches, your record, your name on the scoreboard.
signup-guest = You are playing as { $name }. This guest’s matches become yours when you sign up.
signup-name = Name
signup-name-hint = 3 to 20 characters: letters A–Z, digits, _ and -. Everyone can see it.
signup-email = E-mail
signup-password-hint = 8 to 128 characters. Several words in a row work well.
signup-submit = Sign up
signup-known = Already have an account?
login-title = Log in
login-login = Name or e-mail
login-submit = Log in
login-wrong = The name or e-mail and the password do not match. Check both and try again.
login-unknown = No account yet?
login-sign-up = Sign up – it takes a minute.
login-guest = Or play as a guest.
form-password = Password
form-stay = Stay logged in on this device
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
name-length = Use a name of 3 to 20 characters.
name-characters = Use only letters A–Z, digits, _ and - in a name.
name-reserved = This name is reserved. Choose another.
name-taken = This name is taken. Choose another.
email-form = Enter an e-mail address such as name@example.org.
email-taken = An account with this e-mail already exists. You can log in with it.
password-short = Use a password of at least 8 characters.
password-long = Use a password of at most 128 characters.
password-weak = This password is easy to guess.
password-straight-rows = Straight rows of keys are easy to guess.
password-keyboard-patterns = Short keyboard patterns are easy to guess.
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
password-single-name = First names and surnames by themselves are easy to guess.
password-common-names = Common first names and surnames are easy to guess.
password-use-words = Use a few words and avoid common phrases.
password-no-need = Symbols, digits and capital letters are not needed.
password-add-words = Add another word or two; uncommon words are better.
password-capitals = A capital letter at the start does not help much.
password-all-capitals = All capitals are almost as easy to guess as all lower-case letters.
password-reversed = Words spelled backwards are not much harder to guess.
password-substitutions = Predictable replacements like “@” for “a” do not help much.
password-longer-pattern = Use a longer keyboard pattern with more turns.
password-avoid-repeats = Avoid repeated words and characters.
password-avoid-sequences = Avoid sequences.
password-avoid-recent-years = Avoid recent years.
password-avoid-own-years = Avoid years that are associated with you.
password-avoid-own-dates = Avoid dates and years that are associated with you.
notice-signed-up = Welcome! Your account is ready.
notice-logged-in = You are logged in.
notice-logged-out = You are logged out.
