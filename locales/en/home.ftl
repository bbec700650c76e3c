home-eyebrow = Pong, since 1972
home-title = Pong, live, against anyone.
home-lead = Play Pong against people anywhere, live in your browser. Nothing to install, and you can start without an account.
home-invite = Invite a friend
home-demo-label = Two bots play a rally
home-demo-caption = Two bots, playing right now in your browser.
home-demo-play = Play the rally
home-now = Being played now
home-live = { $count } live
home-now-empty = The court is free
home-now-empty-text = Nobody plays at this moment. Take it, and others will see you here.
home-now-take = Take the court
home-watchers = { $count ->
    [0] Watch
    [one] One watches
   *[other] { $count } watch
}
home-latest = Latest results
home-latest-empty = The first result could be yours
home-latest-empty-text = Finished matches are listed here.
home-latest-warm-up = Warm up against a bot
home-how = How it works
home-meet = Meet
home-meet-text = Somebody who waits, a friend with your link, a bot, or the person beside you.
home-play = Play
home-play-text = Up and down, nothing else. Your paddle answers at once, however far away the other is.
home-keep = Keep
home-keep-text = Every match stays in your history, with its score, its longest rally and how fair the line was.
