lobby-points = First to
lobby-anyone = Anyone
lobby-anyone-text = The next person who wants a match.
lobby-count = { $count ->
    [0] Nobody waits right now.
    [one] One person waits right now.
   *[other] { $count } people wait right now.
}
lobby-find = Find a match
lobby-waiting-title = Looking for somebody
lobby-waiting-count = { $others ->
    [0] You are the only one who waits
    [one] You and one other wait
   *[other] You and { $others } others wait
}
lobby-waiting-rules = for a match to { $points }.
lobby-waiting-keep-open = Keep this page open: the match opens by itself.
lobby-long-wait = It takes a while. Play a bot instead?
lobby-bot-instead = Play a bot instead
lobby-stop-waiting = Stop waiting
lobby-reload = This page looks again every few seconds.
lobby-degraded = Some live features are slower for the moment: it may take a few seconds longer until you meet. Matches go on, and this passes by itself.
lobby-current = You are in a match right now.
lobby-current-back = Back to your match
lobby-friend = A friend
lobby-friend-text = You get a link. Whoever opens it first plays against you, with or without an account.
lobby-make-link = Make a link
lobby-bot = A bot
lobby-bot-text = It sees the ball once a second and presses keys no faster than you do.
lobby-strength = Strength
strength-weak = Weak
strength-medium = Medium
strength-strong = Strong
lobby-play-bot = Play the bot
lobby-keyboard = Side by side
lobby-keyboard-text = Two people at one keyboard, or each with a thumb on one screen.
lobby-keyboard-right = Name of the right player
lobby-keyboard-right-default = Player 2
lobby-keyboard-keys = Left plays with W and S, right with the arrow keys.
lobby-keyboard-name-wrong = The name has 1 to 20 characters.
lobby-start = Start
rules = Rules
rules-first-to = First to { $points }
or = or
invite-title = Send this link to a friend
invite-text = Whoever opens it first plays against you. The match starts by itself when they accept.
invite-link = Invitation link
invite-copy = Copy
invite-copied = Copied
invite-expiry = { $minutes ->
    [one] It works once, for one more minute.
   *[other] It works once, for another { $minutes } minutes.
}
invite-you-play = You play
invite-left = on the left
invite-waiting = Waiting for your friend.
invite-keep-open = Keep this page open.
invite-cancel = Take the invitation back
invited-title = { $name } invites you to a match of Pong
invited-text = First to { $points }. It takes a few minutes, and you can play at once.
invited-accept = Play
invited-accept-guest = Play as a guest
invited-open = { $minutes ->
    [one] The invitation is open for one more minute.
   *[other] The invitation is open for another { $minutes } minutes.
}
invite-over-title = This invitation is over
invite-over-text = It has been taken, taken back, or has expired. Ask for a new one, or make your own.
invite-over-own = Make a link of your own
invite-over-play = Play somebody else
notice-queue-left = You no longer wait.
notice-invite-own = This is your own invitation: send the link to somebody else.
notice-invite-cancelled = The invitation was taken back.
notice-invite-over = The invitation was over already.
notice-rematch-asked = The other side has been asked for a rematch.
notice-rematch-impossible = The other side has gone. Find another match.
