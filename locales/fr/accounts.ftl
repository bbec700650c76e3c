signup-title = Inscription
signup-lead = Vos matchs, votre palmarès, votre nom au tableau d’affichage.
signup-guest = Vous jouez sous le nom de { $name }. Les matchs de cet invité deviendront les vôtres à l’inscription.
signup-name = Nom
signup-name-hint = 3 à 20 caractères : lettres sans accent, chiffres, _ ou -. Visible par tous.
signup-email = E-mail
signup-password-hint = 8 à 128 caractères. Plusieurs mots à la suite conviennent bien.
signup-submit = S’inscrire
signup-known = Vous avez déjà un compte ?
login-title = Connexion
login-login = Nom ou e-mail
login-submit = Se connecter
login-wrong = Le nom (ou l’e-mail) et le mot de passe ne correspondent pas. Vérifiez-les et réessayez.
login-unknown = Pas encore de compte ?
login-sign-up = Inscrivez-vous en une minute.
login-guest = Ou jouez en invité.
form-password = Mot de passe
form-stay = Garder la session ouverte sur cet appareil
form-errors = { $count ->
    [one] Un point à corriger
   *[other] { $count } points à corriger
}
too-many-seconds = Trop de tentatives. Réessayez dans { $count ->
    [one] une seconde.
   *[other] { $count } secondes.
}
too-many-minutes = Trop de tentatives. Réessayez dans { $count ->
    [one] une minute.
   *[other] { $count } minutes.
}
name-length = Le nom doit compter de 3 à 20 caractères.
name-characters = Le nom ne peut contenir que des lettres sans accent, des chiffres, _ et -.
name-reserved = Ce nom est réservé. Choisissez-en un autre.
name-taken = Ce nom est déjà pris. Choisissez-en un autre.
email-form = Saisissez une adresse comme nom@example.org.
email-taken = Un compte existe déjà avec cette adresse e-mail. Elle permet de se connecter.
password-short = Le mot de passe doit compter au moins 8 caractères.
password-long = Le mot de passe doit compter au plus 128 caractères.
password-weak = Ce mot de passe est facile à deviner.
password-straight-rows = Les suites de touches d’une même rangée sont faciles à deviner.
password-keyboard-patterns = Les petits motifs au clavier sont faciles à deviner.
password-repeats = Les répétitions comme « aaa » sont faciles à deviner.
password-repeated-groups = Les répétitions comme « abcabcabc » sont à peine plus difficiles à deviner que « abc ».
password-top-ten = C’est l’un des dix mots de passe les plus courants.
password-top-hundred = C’est l’un des cent mots de passe les plus courants.
password-common = C’est un mot de passe très courant.
password-like-common = Il ressemble à un mot de passe courant.
password-sequences = Les suites comme « abc » ou « 6543 » sont faciles à deviner.
password-recent-years = Les années récentes sont faciles à deviner.
password-single-word = Un mot seul est facile à deviner.
password-dates = Les dates sont souvent faciles à deviner.
password-single-name = Un prénom ou un nom seul est facile à deviner.
password-common-names = Les prénoms et noms courants sont faciles à deviner.
password-use-words = Utilisez quelques mots et évitez les expressions courantes.
password-no-need = Les symboles, les chiffres et les majuscules ne sont pas nécessaires.
password-add-words = Ajoutez un mot ou deux ; les mots rares conviennent mieux.
password-capitals = Une majuscule au début n’aide pas beaucoup.
password-all-capitals = Tout en majuscules est presque aussi facile à deviner que tout en minuscules.
password-reversed = Les mots écrits à l’envers ne sont pas beaucoup plus difficiles à deviner.
password-substitutions = Les remplacements prévisibles comme « @ » pour « a » n’aident pas beaucoup.
password-longer-pattern = Utilisez un motif au clavier plus long, avec plus de détours.
password-avoid-repeats = Évitez les mots et les caractères répétés.
password-avoid-sequences = Évitez les suites.
password-avoid-recent-years = Évitez les années récentes.
password-avoid-own-years = Évitez les années qui vous concernent.
password-avoid-own-dates = Évitez les dates et les années qui vous concernent.
notice-signed-up = Bienvenue ! Votre compte est prêt.
notice-logged-in = Connexion réussie.
notice-logged-out = Déconnexion effectuée.
