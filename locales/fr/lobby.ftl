lobby-points = Points pour gagner
lobby-anyone = Adversaire au hasard
lobby-anyone-text = La prochaine personne qui veut jouer.
lobby-count = { $count ->
    [0] Personne n’attend.
    [one] Une personne attend.
   *[other] { $count } personnes attendent.
}
lobby-find = Trouver un match
lobby-waiting-title = Recherche d’un adversaire
lobby-waiting-count = { $others ->
    [0] Personne d’autre n’attend
    [one] Vous et une autre personne attendez
   *[other] Vous et { $others } autres attendez
}
lobby-waiting-rules = un match en { $points } points.
lobby-waiting-keep-open = Gardez cette page ouverte : votre match s’y ouvrira.
lobby-long-wait = L’attente se prolonge.
lobby-bot-instead = Jouer contre un bot
lobby-stop-waiting = Quitter la file
lobby-reload = Cette page s’actualise régulièrement.
lobby-degraded = Les mises à jour en direct sont ralenties : trouver un adversaire peut prendre quelques secondes de plus. Les matchs en cours continuent.
lobby-current = Vous avez un match en cours.
lobby-current-back = Retour au match
lobby-friend = Un ami
lobby-friend-text = Vous obtenez un lien. La première personne qui l’ouvre joue contre vous, avec ou sans compte.
lobby-make-link = Créer un lien
lobby-bot = Un bot
lobby-bot-text = Il voit la balle une fois par seconde et n’appuie pas plus vite que vous sur les touches.
lobby-strength = Niveau
strength-weak = Facile
strength-medium = Moyen
strength-strong = Difficile
lobby-play-bot = Jouer contre le bot
lobby-keyboard = Côte à côte
lobby-keyboard-text = Deux personnes à un clavier, ou un pouce chacune sur le même écran.
lobby-keyboard-right = Nom du joueur de droite
lobby-keyboard-right-default = Joueur 2
lobby-keyboard-keys = À gauche, les touches W et S (Z et S en AZERTY) ; à droite, les flèches.
lobby-keyboard-name-wrong = Le nom doit compter de 1 à 20 caractères.
lobby-start = Commencer
rules = Règles
rules-first-to = En { $points } points
or = ou
invite-title = Envoyez ce lien à un ami
invite-text = La première personne qui l’ouvre joue contre vous. Le match commence dès qu’elle accepte.
invite-link = Lien d’invitation
invite-copy = Copier
invite-copied = Copié
invite-expiry = { $minutes ->
    [one] Utilisable une fois, encore une minute.
   *[other] Utilisable une fois, encore { $minutes } minutes.
}
invite-you-play = Vous jouez
invite-left = à gauche
invite-waiting = En attente de votre ami.
invite-keep-open = Gardez cette page ouverte.
invite-cancel = Annuler l’invitation
invited-title = { $name } vous invite à un match de Pong
invited-text = En { $points } points. Quelques minutes suffisent, et vous pouvez commencer tout de suite.
invited-accept = Jouer
invited-accept-guest = Jouer en invité
invited-open = { $minutes ->
    [one] Cette invitation expire dans une minute.
   *[other] Cette invitation expire dans { $minutes } minutes.
}
invite-over-title = Cette invitation n’est plus valable
invite-over-text = Elle a été acceptée ou annulée, ou elle a expiré. Demandez-en une nouvelle, ou créez la vôtre.
invite-over-own = Créer votre propre lien
invite-over-play = Jouer contre quelqu’un d’autre
notice-queue-left = Vous avez quitté la file.
notice-invite-own = C’est votre propre invitation : envoyez le lien à quelqu’un d’autre.
notice-invite-cancelled = Invitation annulée.
notice-invite-over = L’invitation n’était plus valable.
notice-rematch-asked = Revanche proposée, en attente de réponse.
notice-rematch-impossible = Votre adversaire n’est plus là. Trouvez un autre match.
