about-title = Le match est le message
about-lead = Transcendence est un site où l’on joue à Pong les uns contre les autres, en direct, dans le navigateur.
about-how = Pourquoi c’est si fluide
about-how-text = Un match, ce sont ses règles, une graine aléatoire et la liste des touches pressées par chacun, avec l’instant. Votre navigateur et le serveur en calculent la même partie, au bit près. Votre raquette bouge donc immédiatement et, quand une commande adverse arrive en retard, votre navigateur revient quelques images en arrière et les rejoue.
about-how-trust = Le serveur ne se fie jamais à une position, seulement à « haut », « bas » et « stop ».
about-how-lasts = Un match survit à une coupure de connexion, à une page rechargée et même à nos propres redémarrages.
about-how-fair = Chaque match terminé indique la rapidité des deux connexions.
about-keys = Comment jouer
about-keys-text = Appuyez sur W et S (Z et S en AZERTY), ou sur les flèches haut et bas. Sur un écran tactile, glissez le doigt sur votre moitié du terrain ou maintenez les boutons.
about-guests = Avec ou sans compte
about-guests-text = Sans compte, on joue contre un adversaire au hasard, contre des amis par lien et contre des bots. En vous inscrivant plus tard, vous gardez les matchs joués en invité.
privacy-title = Ce que nous conservons sur vous
privacy-lead = Le strict nécessaire pour jouer. Rien n’est vendu, utilisé pour la publicité ni communiqué à d’autres entreprises.
privacy-account = Votre compte
privacy-account-name = Votre nom et la date de votre inscription, que tout le monde peut voir.
privacy-account-email = Votre adresse e-mail, que personne d’autre ne voit. Elle permet de se connecter.
privacy-account-password = Une empreinte de votre mot de passe, calculée avec Argon2id. Elle ne permet pas de retrouver le mot de passe.
privacy-matches = Vos matchs
privacy-matches-text = Qui a joué, quand, le score, les touches qui ont déplacé les raquettes, ainsi que la rapidité et la stabilité des deux connexions. Les résultats sont publics.
privacy-guests = Jouer en invité
privacy-guests-text = Un invité se résume à un nom inventé et à ses matchs. Un invité sans match est supprimé environ deux semaines après sa création.
privacy-cookies = Cookies
privacy-cookie-session = « session » (« __Host-session » en HTTPS) : votre identité, dès que vous jouez ou vous connectez. Il expire à la fermeture du navigateur, ou { $days ->
    [one] un jour
   *[other] { $days } jours
} après votre dernière visite si vous avez choisi de garder la session ouverte. Une simple lecture n’en crée pas.
privacy-cookie-language = « language » : la langue que vous avez choisie, conservée un an.
privacy-cookie-notice = « notice » : un message pour la page suivante, conservé une demi-minute.
privacy-storage = Le thème et les autres réglages qui ne concernent que votre navigateur ne le quittent pas.
privacy-others = Tiers
privacy-others-text = Aucun. Les pages ne chargent rien depuis d’autres sites.
privacy-log = Le journal du serveur
privacy-log-text = Une ligne par requête : la date, le type de page, si tout s’est bien passé et en combien de temps. Votre adresse réseau sert à limiter les tentatives répétées, puis elle est oubliée ; elle n’est pas enregistrée avec votre compte.
