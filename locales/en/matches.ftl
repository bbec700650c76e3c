# Finished matches, in lists and on their own pages.
matches-result = Result
matches-opponent = Opponent
matches-score = Score
matches-when = When
matches-length = Length
matches-won = Won
matches-lost = Lost
matches-uncounted = Not counted
matches-mode-queue = Quick match
matches-mode-link = By invitation
matches-mode-bot = Against a bot
matches-mode-local = Side by side
matches-guest = Guest
matches-bot = Bot
matches-erased = Deleted player
ago-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}

# A player's page.
profile-joined = Joined { $date }
profile-counted = Matches that count
profile-won = Won
profile-lost = Lost
profile-win-rate = Win rate
profile-percent = { $value }%
profile-matches = Matches
profile-pages = Pages of matches
profile-newest = Newest
profile-older = Older
profile-no-older = No older matches.
profile-summary = { $name } plays Pong: { $won ->
    [one] { $won } match won
   *[other] { $won } matches won
}, { $lost ->
    [one] { $lost } lost
   *[other] { $lost } lost
}.
profile-guest-notice = You are playing as a guest. Sign up in this browser to keep these matches.
profile-empty-own-title = Your history starts with your first match
profile-empty-own-text = Win or lose, every match is kept here, with its score and how it went.
profile-empty-own-action = Play your first match
profile-empty-title = { $name } has not played yet
profile-empty-text = Once a match is over, it appears here with its score and how it went.

# The page of a result.
result-finished = Finished { $when }
result-wins = { $winner } wins
result-forfeit = { $winner } wins: { $loser } was away too long
result-left = { $winner } wins: { $loser } gave up
result-went-away = No winner: { $name } went away
result-all-went-away = No winner: both went away
result-stopped = Stopped before the end
result-no-show = Not played: { $name } did not show up
result-nobody-came = Not played: nobody showed up
result-aborted = Not played: called off
result-unplayed = It does not count.
result-winner = Winner
result-rematch = Rematch
result-to-rematch = Go to the rematch
result-next = Next match
result-both-agree = Both players have to agree to a rematch.
result-length = Length
result-longest-rally = Longest rally
result-returns = { $count ->
    [one] return
   *[other] returns
}
result-points = Points
result-rules = Points to win
result-to-points = { $points }
result-summary = A match of Pong that took { $duration }; the longest rally had { $count ->
    [one] { $count } return
   *[other] { $count } returns
}.
result-chart = Score over time
result-chart-text = { $line } after { $duration }, in { $count ->
    [one] { $count } point
   *[other] { $count } points
}. The table below lists every point.
result-no-points = Nobody scored.
result-every-point = Every point
result-point-time = Time
result-point-for = Point for
result-fairness = Connection quality
result-fairness-text = Late inputs arrived outside the 150 ms window and were moved to the nearest moment within it.
result-round-trip = Round trip
result-jitter = Jitter
result-late-inputs = Late inputs
result-pauses = Pauses
result-millis = { $value } ms
result-pauses-value = { $count } ({ $seconds } s)
