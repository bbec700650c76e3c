site-name = Transcendence
site-tagline = Pong, en direct, face à qui vous voulez
skip-to-content = Aller au contenu
nav-label = Principale
nav-play = Jouer
nav-log-in = Se connecter
nav-sign-up = S’inscrire
nav-log-out = Se déconnecter
nav-account = Compte : { $name }
nav-keep = S’inscrire et garder ses matchs
nav-profile = Vos matchs
language-label = Langue
theme-label = Thème
theme-system = Système
theme-light = Clair
theme-dark = Sombre
footer-label = À propos de ce site
date = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year }
date-short = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janv.
    [2] févr.
    [3] mars
    [4] avr.
    [5] mai
    [6] juin
    [7] juill.
    [8] août
    [9] sept.
    [10] oct.
    [11] nov.
   *[12] déc.
} { $year }
# The thousands separator: a narrow no-break space.
number-group = { "\u202F" }
duration = { $minutes }:{ $seconds }
site-description = Jouez à Pong contre des joueurs du monde entier, en direct dans le navigateur.
preview-image-alt = Un terrain de Pong sur un vieil écran de télévision, sur le score de 10 à 9.
logo-label = Transcendence, accueil
footer-about = À propos
footer-privacy = Vie privée
