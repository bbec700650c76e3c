home-eyebrow = Pong, since 1972
home-title = Pong, live, against anyone.
home-lead = Play Pong against people anywhere, live in your browser. Nothing to install, and you can start without an account.
home-invite = Invite a friend
home-demo-label = Two bots play a rally
home-demo-caption = Two bots in a recorded rally.
home-demo-play = Play the rally
home-now = Live now
home-live = { $count ->
    [one] 1 match
   *[other] { $count } matches
}
home-now-empty = The court is free
home-now-empty-text = Nobody is playing right now. Start a match and it shows up here.
home-now-take = Take the court
home-watchers = { $count ->
    [0] Watch
    [one] 1 watching
   *[other] { $count } watching
}
home-latest = Latest results
home-latest-empty = The first result could be yours
home-latest-empty-text = Finished matches are listed here.
home-latest-warm-up = Warm up against a bot
home-how = How it works
home-meet = Meet
home-meet-text = Someone in the queue, a friend with your link, a bot, or the person next to you.
home-play = Play
home-play-text = Up and down, nothing else. Your paddle responds at once, however far away your opponent is.
home-keep = Keep
home-keep-text = Every match stays in your history, with its score, its longest rally and how fast the connections were.
