home-eyebrow = Pong, depuis 1972
home-title = Pong, en direct, face à qui vous voulez.
home-lead = Jouez à Pong contre des joueurs du monde entier, en direct dans votre navigateur. Rien à installer, et vous pouvez commencer sans compte.
home-invite = Inviter un ami
home-demo-label = Deux bots jouent un échange
home-demo-caption = Un échange enregistré entre deux bots.
home-demo-play = Lancer l’échange
home-now = En ce moment
home-live = { $count } en direct
home-now-empty = Le terrain est libre
home-now-empty-text = Personne ne joue en ce moment. Lancez un match et il apparaîtra ici.
home-now-take = Prendre le terrain
home-watchers = { $count ->
    [0] Regarder
    [one] 1 spectateur
   *[other] { $count } spectateurs
}
home-latest = Derniers résultats
home-latest-empty = Le premier résultat pourrait être le vôtre
home-latest-empty-text = Les matchs terminés apparaissent ici.
home-latest-warm-up = S’échauffer contre un bot
home-how = Comment ça marche
home-meet = Se rencontrer
home-meet-text = Quelqu’un dans la file, un ami avec votre lien, un bot, ou la personne à côté de vous.
home-play = Jouer
home-play-text = En haut, en bas, rien d’autre. Votre raquette répond aussitôt, aussi loin que soit votre adversaire.
home-keep = Garder
home-keep-text = Chaque match reste dans votre historique, avec son score, son plus long échange et la rapidité des connexions.
