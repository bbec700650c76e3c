site-name = Transcendence
site-tagline = Pong, live, against anyone
skip-to-content = Skip to content
nav-label = Main
nav-play = Play
nav-log-in = Log in
nav-sign-up = Sign up
nav-log-out = Log out
nav-account = Account: { $name }
nav-keep = Sign up and keep your matches
nav-profile = Your matches
language-label = Language
theme-label = Theme
theme-system = System
theme-light = Light
theme-dark = Dark
footer-label = About this site
date = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $day }, { $year }
date-short = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
} { $day }, { $year }
# The thousands separator.
number-group = ,
duration = { $minutes }:{ $seconds }
site-description = Play Pong against people anywhere, live in the browser.
preview-image-alt = A Pong court on an old television screen, with the score at 10 to 9.
logo-label = Transcendence, home
footer-about = About
footer-privacy = Privacy
