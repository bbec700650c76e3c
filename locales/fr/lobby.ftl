lobby-points = Premier à
lobby-anyone = N’importe qui
lobby-anyone-text = La prochaine personne qui veut jouer.
lobby-count = { $count ->
    [0] Personne n’attend en ce moment.
    [one] Une personne attend en ce moment.
   *[other] { $count } personnes attendent en ce moment.
}
lobby-find = Trouver un match
lobby-waiting-title = À la recherche de quelqu’un
lobby-waiting-count = { $others ->
    [0] Vous êtes seul à attendre
    [one] Vous et une autre personne attendez
   *[other] Vous et { $others } autres attendez
}
lobby-waiting-rules = un match en { $points } points.
lobby-waiting-keep-open = Gardez cette page ouverte : le match s’ouvrira tout seul.
lobby-long-wait = Cela prend du temps. Jouer plutôt contre un bot ?
lobby-bot-instead = Plutôt un bot
lobby-stop-waiting = Ne plus attendre
lobby-reload = Cette page regarde à nouveau toutes les quelques secondes.
lobby-degraded = Certaines fonctions en direct sont ralenties pour le moment : la rencontre peut prendre quelques secondes de plus. Les matchs continuent et cela passera tout seul.
lobby-current = Vous avez un match en cours.
lobby-current-back = Retour au match
lobby-friend = Un ami
lobby-friend-text = Vous recevez un lien. La première personne qui l’ouvre joue contre vous, avec ou sans compte.
lobby-make-link = Créer un lien
lobby-bot = Un bot
lobby-bot-text = Il voit la balle une fois par seconde et n’appuie pas plus vite que vous sur les touches.
lobby-strength = Force
strength-weak = Faible
strength-medium = Moyen
strength-strong = Fort
lobby-play-bot = Jouer contre le bot
lobby-keyboard = Côte à côte
lobby-keyboard-text = Deux personnes à un clavier, ou chacune un pouce sur le même écran.
lobby-keyboard-right = Nom du joueur de droite
lobby-keyboard-right-default = Joueur 2
lobby-keyboard-keys = À gauche, les touches W et S (Z et S en AZERTY) ; à droite, les flèches.
lobby-keyboard-name-wrong = Le nom compte de 1 à 20 caractères.
lobby-start = Commencer
rules = Règles
rules-first-to = Premier à { $points }
or = ou
invite-title = Envoyez ce lien à un ami
invite-text = La première personne qui l’ouvre joue contre vous. Le match commence tout seul quand elle accepte.
invite-link = Lien d’invitation
invite-copy = Copier
invite-copied = Copié
invite-expiry = { $minutes ->
    [one] Il marche une fois, encore une minute.
   *[other] Il marche une fois, encore { $minutes } minutes.
}
invite-you-play = Vous jouez
invite-left = à gauche
invite-waiting = En attente de votre ami.
invite-keep-open = Gardez cette page ouverte.
invite-cancel = Retirer l’invitation
invited-title = { $name } vous invite à un match de Pong
invited-text = Premier à { $points }. Quelques minutes, et vous pouvez jouer tout de suite.
invited-accept = Jouer
invited-accept-guest = Jouer en invité
invited-open = { $minutes ->
    [one] L’invitation est encore ouverte une minute.
   *[other] L’invitation est encore ouverte { $minutes } minutes.
}
invite-over-title = Cette invitation est terminée
invite-over-text = Elle a été prise, retirée, ou a expiré. Demandez-en une nouvelle, ou créez la vôtre.
invite-over-own = Créer votre propre lien
invite-over-play = Jouer contre quelqu’un d’autre
notice-queue-left = Vous n’attendez plus.
notice-invite-own = C’est votre propre invitation : envoyez le lien à quelqu’un d’autre.
notice-invite-cancelled = L’invitation a été retirée.
notice-invite-over = L’invitation était déjà terminée.
notice-rematch-asked = Une revanche a été proposée à l’autre joueur.
notice-rematch-impossible = L’autre joueur est parti. Trouvez un autre match.
