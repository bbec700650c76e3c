about-title = The match is the message
about-lead = Transcendence is a site where people play Pong against each other, live, in the browser.
about-how = How it plays so smoothly
about-how-text = A match is its rules, a seed and the list of who pressed what, when. Your browser and the server compute the same game from it, bit for bit. So your own paddle moves at once, and when something from the other side arrives late, your browser goes back that little bit of time and plays it again.
about-how-trust = The server never trusts a position, only “up”, “down” and “stop”.
about-how-lasts = A match outlives a lost connection, a reloaded page and even our own restart.
about-how-fair = Each finished match shows how fast both lines were.
about-keys = How to play
about-keys-text = Press W and S, or the arrows up and down. On a touch screen, drag on your half or hold the buttons.
about-guests = With or without an account
about-guests-text = A guest plays anyone, friends by link, and bots. Whoever signs up keeps the matches played as a guest.
privacy-title = What we keep about you
privacy-lead = As little as the game needs. Nothing is sold, counted for advertisements or shown to other companies.
privacy-account = Your account
privacy-account-name = Your name and the day you joined, which everyone can see.
privacy-account-email = Your e-mail address, which nobody else sees. You can log in with it.
privacy-account-password = A hash of your password, made with Argon2id. We cannot read the password back from it.
privacy-matches = Your matches
privacy-matches-text = Who played, when, the score, which keys moved the paddles, and how fast and steady both connections were. Results are public.
privacy-guests = Playing as a guest
privacy-guests-text = A guest is a made-up name and its matches. A guest without a match is removed about two weeks after it was made.
privacy-cookies = Cookies
privacy-cookie-session = “session” (“__Host-session” over HTTPS): who you are, once you play or log in. It ends with your browser, or { $days ->
    [one] a day
   *[other] { $days } days
} after your last visit if you chose to stay signed in. Whoever only reads has none.
privacy-cookie-language = “language”: the language you chose, for a year.
privacy-cookie-notice = “notice”: a message for the next page, for half a minute.
privacy-storage = The theme and other choices that concern only your browser stay in your browser.
privacy-others = Third parties
privacy-others-text = None. Pages load nothing from other sites.
privacy-log = The server’s log
privacy-log-text = A line a request: when, which kind of page, whether it went well and how long it took. Your network address is used for limits on attempts and forgotten; it is not stored with your account.
