signup-title = Inscription
signup-lead = Vos matchs, votre palmarès, votre nom au tableau d’affichage.
signup-guest = Vous jouez sous le nom de { $name }. Les matchs de cet invité deviennent les vôtres quand vous vous inscrivez.
signup-name = Nom
signup-name-hint = 3 à 20 lettres sans accent, chiffres, _ ou -. Tout le monde le voit.
signup-email = E-mail
signup-password-hint = 8 à 128 caractères. Plusieurs mots à la suite en font un bon.
signup-submit = S’inscrire
signup-known = Vous avez déjà un compte ?
login-title = Connexion
login-login = Nom ou e-mail
login-submit = Se connecter
login-wrong = Aucun compte n’a ce nom ou cet e-mail avec ce mot de passe. Vérifiez les deux et réessayez.
login-unknown = Pas encore de compte ?
login-sign-up = Inscrivez-vous, cela prend une minute.
login-guest = Ou jouez en invité.
form-password = Mot de passe
form-stay = Rester connecté sur cet appareil
form-errors = { $count ->
    [one] Une chose à corriger
   *[other] { $count } choses à corriger
}
too-many-seconds = Trop de tentatives. Réessayez dans { $count ->
    [one] une seconde.
   *[other] { $count } secondes.
}
too-many-minutes = Trop de tentatives. Réessayez dans { $count ->
    [one] une minute.
   *[other] { $count } minutes.
}
name-length = Un nom a de 3 à 20 caractères.
name-characters = Un nom se compose uniquement de lettres sans accent, de chiffres, de _ et de -.
name-reserved = Ce nom est réservé. Choisissez-en un autre.
name-taken = Ce nom est déjà pris. Choisissez-en un autre.
email-form = Ce n’est pas une adresse e-mail. Elle ressemble à nom@example.org.
email-taken = Un compte avec cet e-mail existe déjà. Vous pouvez vous connecter avec.
password-short = Un mot de passe a au moins 8 caractères.
password-long = Un mot de passe a au plus 128 caractères.
password-weak = Ce mot de passe est facile à deviner.
password-straight-rows = Les rangées de touches sont faciles à deviner.
password-keyboard-patterns = Les petits motifs sur le clavier sont faciles à deviner.
password-repeats = Les répétitions comme « aaa » sont faciles à deviner.
password-repeated-groups = Les répétitions comme « abcabcabc » sont à peine plus difficiles à deviner que « abc ».
password-top-ten = C’est l’un des dix mots de passe les plus courants.
password-top-hundred = C’est l’un des cent mots de passe les plus courants.
password-common = C’est un mot de passe très courant.
password-like-common = Il ressemble à un mot de passe courant.
password-sequences = Les suites comme « abc » ou « 6543 » sont faciles à deviner.
password-recent-years = Les années récentes sont faciles à deviner.
password-single-word = Un mot tout seul est facile à deviner.
password-dates = Les dates sont souvent faciles à deviner.
password-single-name = Les prénoms et noms tout seuls sont faciles à deviner.
password-common-names = Les prénoms et noms courants sont faciles à deviner.
password-use-words = Utilisez quelques mots, et évitez les expressions courantes.
password-no-need = Pas besoin de symboles, de chiffres ni de majuscules.
password-add-words = Ajoutez un mot ou deux ; les mots rares sont meilleurs.
password-capitals = Une majuscule au début n’aide pas beaucoup.
password-all-capitals = Tout en majuscules est presque aussi facile à deviner que tout en minuscules.
password-reversed = Les mots à l’envers ne sont pas beaucoup plus difficiles à deviner.
password-substitutions = Les remplacements prévisibles comme « @ » pour « a » n’aident pas beaucoup.
password-longer-pattern = Utilisez un motif plus long sur le clavier, avec plus de détours.
password-avoid-repeats = Évitez les mots et caractères répétés.
password-avoid-sequences = Évitez les suites.
password-avoid-recent-years = Évitez les années récentes.
password-avoid-own-years = Évitez les années qui ont un rapport avec vous.
password-avoid-own-dates = Évitez les dates et années qui ont un rapport avec vous.
notice-signed-up = Bienvenue ! Votre compte est prêt.
notice-logged-in = Vous êtes connecté.
notice-logged-out = Vous êtes déconnecté.
