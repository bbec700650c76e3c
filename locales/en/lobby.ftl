lobby-points = First to
lobby-anyone = Anyone
lobby-anyone-text = The next person who wants a match.
lobby-count = { $count ->
    [0] Nobody is waiting.
    [one] One person is waiting.
   *[other] { $count } people are waiting.
}
lobby-find = Find a match
lobby-waiting-title = Looking for an opponent
lobby-waiting-count = { $others ->
    [0] You are the only one waiting
    [one] You and one other are waiting
   *[other] You and { $others } others are waiting
}
lobby-waiting-rules = for a match to { $points } points.
lobby-waiting-keep-open = Keep this page open: your match will open here.
lobby-long-wait = This is taking a while.
lobby-bot-instead = Play a bot instead
lobby-stop-waiting = Leave the queue
lobby-reload = This page refreshes every few seconds.
lobby-degraded = Live updates are slow at the moment, so finding an opponent may take a few seconds longer. Matches in progress continue.
lobby-current = You are in a match right now.
lobby-current-back = Back to your match
lobby-friend = A friend
lobby-friend-text = You get a link. The first person to open it plays against you, with or without an account.
lobby-make-link = Create a link
lobby-bot = A bot
lobby-bot-text = It sees the ball once a second and presses keys no faster than you do.
lobby-strength = Difficulty
strength-weak = Easy
strength-medium = Medium
strength-strong = Hard
lobby-play-bot = Play the bot
lobby-keyboard = Side by side
lobby-keyboard-text = Two people at one keyboard, or a thumb each on one screen.
lobby-keyboard-right = Name of the player on the right
lobby-keyboard-right-default = Player 2
lobby-keyboard-keys = Left plays with W and S, right with the arrow keys.
lobby-keyboard-name-wrong = Enter a name of 1 to 20 characters.
lobby-start = Start
rules = Rules
rules-first-to = First to { $points }
or = or
invite-title = Send this link to a friend
invite-text = The first person to open it plays against you. The match starts as soon as they accept.
invite-link = Invitation link
invite-copy = Copy
invite-copied = Copied
invite-expiry = { $minutes ->
    [one] Works once. Expires in one minute.
   *[other] Works once. Expires in { $minutes } minutes.
}
invite-you-play = You play
invite-left = on the left
invite-waiting = Waiting for your friend.
invite-keep-open = Keep this page open.
invite-cancel = Cancel the invitation
invited-title = { $name } invites you to a match of Pong
invited-text = First to { $points }. It takes a few minutes, and you can start right away.
invited-accept = Play
invited-accept-guest = Play as a guest
invited-open = { $minutes ->
    [one] This invitation expires in one minute.
   *[other] This invitation expires in { $minutes } minutes.
}
invite-over-title = This invitation no longer works
invite-over-text = It was accepted or cancelled, or it has expired. Ask for a new one, or create your own.
invite-over-own = Create your own link
invite-over-play = Play someone else
notice-queue-left = You have left the queue.
notice-invite-own = This is your own invitation: send the link to someone else.
notice-invite-cancelled = Invitation cancelled.
notice-invite-over = The invitation had already ended.
notice-rematch-asked = Rematch requested. Waiting for an answer.
notice-rematch-impossible = Your opponent has left. Find another match.
