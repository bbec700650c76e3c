about-title = The match is the message
about-lead = Transcendence is a site where people play Pong against each other, live, in the browser.
about-how = Why it plays so smoothly
about-how-text = A match is its rules, a seed and a record of who pressed what, and when. Your browser and the server compute the same game from it, bit for bit. Your own paddle therefore moves at once, and when your opponent’s input arrives late, your browser rewinds those few frames and replays them.
about-how-trust = The server never trusts a position, only “up”, “down” and “stop”.
about-how-lasts = A match survives a lost connection, a reloaded page and even our own restarts.
about-how-fair = Each finished match shows how fast both connections were.
about-keys = How to play
about-keys-text = Press W and S, or the up and down arrow keys. On a touch screen, drag on your half of the court or hold the buttons.
about-guests = With or without an account
about-guests-text = As a guest you can play anyone, friends by link, and bots. Sign up later and you keep the matches you played as a guest.
privacy-title = What we keep about you
privacy-lead = As little as the game needs. Nothing is sold, used for advertising or shared with other companies.
privacy-account = Your account
privacy-account-name = Your name and the day you joined, which everyone can see.
privacy-account-email = Your e-mail address, which nobody else sees. You can log in with it.
privacy-account-password = A hash of your password, made with Argon2id. The password cannot be recovered from it.
privacy-matches = Your matches
privacy-matches-text = Who played, when, the score, which keys moved the paddles, and how fast and steady both connections were. Results are public.
privacy-guests = Playing as a guest
privacy-guests-text = A guest is a made-up name and its matches. A guest without any matches is removed about two weeks after it was created.
privacy-cookies = Cookies
privacy-cookie-session = “session” (“__Host-session” over HTTPS): who you are, once you play or log in. It ends when you close the browser, or { $days ->
    [one] a day
   *[other] { $days } days
} after your last visit if you chose to stay logged in. Reading alone sets none.
privacy-cookie-language = “language”: the language you chose, kept for a year.
privacy-cookie-notice = “notice”: a message for the next page, kept for half a minute.
privacy-storage = The theme and other settings that concern only your browser never leave it.
privacy-others = Third parties
privacy-others-text = None. Pages load nothing from other sites.
privacy-log = The server log
privacy-log-text = One line per request: when, what kind of page, whether it succeeded and how long it took. Your network address is used to limit repeated attempts and then forgotten; it is not stored with your account.
