# Matchs terminés, dans les listes et sur leurs propres pages.
matches-result = Résultat
matches-opponent = Adversaire
matches-score = Score
matches-when = Date
matches-length = Durée
matches-won = Gagné
matches-lost = Perdu
matches-uncounted = Hors palmarès
matches-mode-queue = Match rapide
matches-mode-link = Sur invitation
matches-mode-bot = Contre un bot
matches-mode-local = Côte à côte
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
profile-counted = Matchs comptabilisés
profile-won = Gagnés
profile-lost = Perdus
profile-win-rate = Taux de victoire
profile-percent = { $value } %
profile-matches = Matchs
profile-pages = Pages de matchs
profile-newest = Les plus récents
profile-older = Plus anciens
profile-no-older = Pas de match plus ancien.
profile-summary = { $name } joue à Pong : { $won ->
    [one] { $won } match gagné
   *[other] { $won } matchs gagnés
}, { $lost ->
    [one] { $lost } perdu
   *[other] { $lost } perdus
}.
profile-guest-notice = Vous jouez en invité. Inscrivez-vous dans ce navigateur pour garder ces matchs.
profile-empty-own-title = Votre historique commence avec votre premier match
profile-empty-own-text = Victoire ou défaite, chaque match est conservé ici, avec son score et son déroulement.
profile-empty-own-action = Jouer votre premier match
profile-empty-title = { $name } n’a pas encore joué
profile-empty-text = Dès qu’un match est terminé, il apparaît ici avec son score et son déroulement.

# La page d’un résultat.
result-finished = Terminé { $when }
result-wins = Victoire de { $winner }
result-forfeit = Victoire de { $winner } : absence trop longue de { $loser }
result-left = Victoire de { $winner } : abandon de { $loser }
result-went-away = Pas de vainqueur : absence de { $name }
result-all-went-away = Pas de vainqueur : absence des deux côtés
result-stopped = Arrêté avant la fin
result-no-show = Non joué : { $name } n’a pas rejoint le match
result-nobody-came = Non joué : personne n’est venu
result-aborted = Non joué : match annulé
result-unplayed = Il ne compte pas.
result-winner = Vainqueur
result-rematch = Revanche
result-to-rematch = Aller à la revanche
result-next = Match suivant
result-both-agree = La revanche demande l’accord des deux joueurs.
result-length = Durée
result-longest-rally = Plus long échange
result-returns = { $count ->
    [one] renvoi
   *[other] renvois
}
result-points = Points
result-rules = Points pour gagner
result-to-points = { $points }
result-summary = Un match de Pong de { $duration } ; le plus long échange a compté { $count ->
    [one] { $count } renvoi
   *[other] { $count } renvois
}.
result-chart = Score au fil du temps
result-chart-text = { $line } après { $duration }, en { $count ->
    [one] { $count } point
   *[other] { $count } points
}. Le tableau ci-dessous les détaille.
result-no-points = Personne n’a marqué de point.
result-every-point = Tous les points
result-point-time = Temps
result-point-for = Point pour
result-fairness = Qualité des connexions
result-fairness-text = Les commandes tardives sont arrivées hors de la fenêtre de 150 ms et ont été ramenées au moment le plus proche dans cette fenêtre.
result-round-trip = Aller-retour
result-jitter = Variation
result-late-inputs = Commandes tardives
result-pauses = Pauses
result-millis = { $value } ms
result-pauses-value = { $count } ({ $seconds } s)
