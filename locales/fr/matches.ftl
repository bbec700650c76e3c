# Matchs terminés, dans les listes et sur leurs propres pages.
matches-result = Résultat
matches-opponent = Adversaire
matches-score = Score
matches-when = Joué
matches-length = Durée
matches-won = Gagné
matches-lost = Perdu
matches-uncounted = Non compté
matches-mode-queue = Match rapide
matches-mode-link = Sur invitation
matches-mode-bot = Contre un bot
matches-mode-local = Un seul clavier
matches-guest = Invité
matches-bot = Bot
matches-erased = Joueur supprimé
ago-now = à l’instant
ago-minutes = { $count ->
    [one] il y a { $count } minute
   *[other] il y a { $count } minutes
}
ago-hours = { $count ->
    [one] il y a { $count } heure
   *[other] il y a { $count } heures
}
ago-days = { $count ->
    [one] il y a { $count } jour
   *[other] il y a { $count } jours
}

# La page d’un joueur.
profile-joined = Membre depuis le { $date }
profile-counted = Matchs comptés
profile-won = Gagnés
profile-lost = Perdus
profile-win-rate = Taux de victoire
profile-percent = { $value } %
profile-matches = Matchs
profile-pages = Pages de matchs
profile-newest = Les plus récents
profile-older = Plus anciens
profile-no-older = Pas de match plus ancien.
profile-summary = { $name } joue à Pong : { $won ->
    [one] { $won } match gagné
   *[other] { $won } matchs gagnés
}, { $lost ->
    [one] { $lost } perdu
   *[other] { $lost } perdus
}.
profile-guest-notice = Vous jouez en invité. Inscrivez-vous dans ce navigateur et vous gardez ces matchs.
profile-empty-own-title = Votre historique commence avec votre premier match
profile-empty-own-text = Gagné ou perdu, chaque match est gardé ici, avec son score et son déroulement.
profile-empty-own-action = Jouer votre premier match
profile-empty-title = { $name } n’a pas encore joué
profile-empty-text = Dès qu’un match est terminé, il figure ici avec son score et son déroulement.

# La page d’un résultat.
result-finished = Terminé { $when }
result-wins = { $winner } gagne
result-forfeit = { $winner } gagne : absence trop longue de { $loser }
result-left = { $winner } gagne : { $loser } abandonne
result-went-away = Pas de vainqueur : absence de { $name }
result-all-went-away = Pas de vainqueur : absence des deux côtés
result-stopped = Arrêté avant la fin
result-no-show = Pas joué : { $name } n’a pas rejoint le match
result-nobody-came = Pas joué : personne n’est venu
result-aborted = Pas joué : match annulé
result-unplayed = Il ne compte pour personne.
result-winner = Vainqueur
result-rematch = Revanche
result-to-rematch = Vers la revanche
result-next = Match suivant
result-both-agree = Il faut être deux à vouloir la revanche.
result-length = Durée
result-longest-rally = Plus long échange
result-returns = { $count ->
    [one] renvoi
   *[other] renvois
}
result-points = Points
result-rules = Règles
result-to-points = en { $points }
result-summary = Un match de Pong en { $duration } ; le plus long échange a compté { $count ->
    [one] { $count } renvoi
   *[other] { $count } renvois
}.
result-chart = Score au fil du temps
result-chart-text = { $line } après { $duration }, en { $count ->
    [one] { $count } point
   *[other] { $count } points
}. Le tableau ci-dessous donne chacun.
result-no-points = Personne n’a marqué de point.
result-every-point = Chaque point
result-point-time = Temps
result-point-for = Point pour
result-fairness = Fiche d’équité
result-fairness-text = Les retards sont des commandes arrivées hors de la fenêtre de 150 ms ; elles ont été déplacées au moment le plus proche que les deux côtés pouvaient accepter.
result-round-trip = Aller-retour
result-jitter = Gigue
result-late-inputs = Retards
result-pauses = Pauses
result-millis = { $value } ms
result-pauses-value = { $count } ({ $seconds } s)
