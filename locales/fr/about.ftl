about-title = Le match est le message
about-lead = Transcendence est un site où l’on joue à Pong les uns contre les autres, en direct, dans le navigateur.
about-how = Pourquoi c’est si fluide
about-how-text = Un match, ce sont ses règles, une graine et la liste de qui a pressé quoi, et quand. Votre navigateur et le serveur en calculent le même jeu, au bit près. Ainsi votre raquette bouge tout de suite, et quand quelque chose arrive en retard de l’autre côté, votre navigateur revient de ce petit instant en arrière et le rejoue.
about-how-trust = Le serveur ne croit jamais une position, seulement « haut », « bas » et « stop ».
about-how-lasts = Un match survit à une connexion perdue, à une page rechargée et même à notre propre redémarrage.
about-how-fair = Chaque match terminé montre la vitesse des deux lignes.
about-keys = Comment jouer
about-keys-text = Pressez W et S, ou les flèches haut et bas. Sur un écran tactile, glissez sur votre moitié ou tenez les boutons.
about-guests = Avec ou sans compte
about-guests-text = Un invité joue contre n’importe qui, contre des amis par lien et contre des bots. Qui s’inscrit garde les matchs joués en invité.
privacy-title = Ce que nous gardons de vous
privacy-lead = Aussi peu que le jeu en demande. Rien n’est vendu, compté pour la publicité ni montré à d’autres entreprises.
privacy-account = Votre compte
privacy-account-name = Votre nom et le jour de votre inscription, que tout le monde peut voir.
privacy-account-email = Votre adresse e-mail, que personne d’autre ne voit. Vous pouvez vous connecter avec.
privacy-account-password = Une empreinte de votre mot de passe, faite avec Argon2id. Nous ne pouvons pas en relire le mot de passe.
privacy-matches = Vos matchs
privacy-matches-text = Qui a joué, quand, le score, quelles touches ont bougé les raquettes, et la vitesse et la régularité des deux connexions. Les résultats sont publics.
privacy-guests = Jouer en invité
privacy-guests-text = Un invité, c’est un nom inventé et ses matchs. Un invité sans match est supprimé environ deux semaines après sa création.
privacy-cookies = Cookies
privacy-cookie-session = « session » (« __Host-session » en HTTPS) : qui vous êtes, dès que vous jouez ou vous connectez. Il finit avec votre navigateur, ou { $days ->
    [one] un jour
   *[other] { $days } jours
} après votre dernière visite si vous avez choisi de rester connecté. Qui ne fait que lire n’en a pas.
privacy-cookie-language = « language » : la langue que vous avez choisie, pour un an.
privacy-cookie-notice = « notice » : un message pour la page suivante, pour une demi-minute.
privacy-storage = Le thème et les autres choix qui ne concernent que votre navigateur restent dans votre navigateur.
privacy-others = Tiers
privacy-others-text = Aucun. Les pages ne chargent rien d’autres sites.
privacy-log = Le journal du serveur
privacy-log-text = Une ligne par requête : quand, quel genre de page, si tout s’est bien passé et en combien de temps. Votre adresse réseau sert aux limites de tentatives puis est oubliée ; elle n’est pas gardée avec votre compte.
