"""What the page says, in English and French."""

from msgspec import Struct

from ostiary.core.transactions.model import Kind


class Text(Struct, frozen=True):
    title: str
    text: str
    button: str


ENGLISH = {
    Kind.STEP_UP: Text(
        "Confirm it is you", "Someone asked for this at {client}. Was it you?", "Yes, go on"
    ),
    Kind.LOGIN_LINK: Text("Log in", "Go on to {client}, logged in.", "Log in"),
    Kind.ENROL_EMAIL: Text(
        "Use this address", "Codes for {client} will come to this address from now on.", "Confirm"
    ),
    Kind.VERIFY_EMAIL: Text(
        "Confirm your address", "This confirms your address for {client}.", "Confirm"
    ),
}
FRENCH = {
    Kind.STEP_UP: Text(
        "Confirmez que c’est vous",
        "Cette vérification a été demandée chez {client}. Est-ce vous ?",
        "Oui, continuer",
    ),
    Kind.LOGIN_LINK: Text("Connexion", "Continuez vers {client}, connecté.", "Se connecter"),
    Kind.ENROL_EMAIL: Text(
        "Utiliser cette adresse", "Les codes de {client} arriveront à cette adresse.", "Confirmer"
    ),
    Kind.VERIFY_EMAIL: Text(
        "Confirmez votre adresse", "Votre adresse sera confirmée pour {client}.", "Confirmer"
    ),
}
DONE = {
    "en": Text("Done", "You can close this page.", ""),
    "fr": Text("C’est fait", "Vous pouvez fermer cette page.", ""),
}
DEAD = {
    "en": Text(
        "This link is no longer good", "It has expired or was used already. Ask for a new one.", ""
    ),
    "fr": Text(
        "Ce lien n’est plus valable", "Il a expiré ou a déjà servi. Demandez-en un nouveau.", ""
    ),
}
ELSEWHERE = {
    "en": Text(
        "Open this where you began",
        "This link works only in the browser where you asked for it. Open it there; or, if the message has a "
        "code, type the code there.",
        "",
    ),
    "fr": Text(
        "Ouvrez ce lien là où vous avez commencé",
        "Ce lien ne fonctionne que dans le navigateur où vous l’avez demandé. Ouvrez-le dans celui-ci ou, si le "
        "message contient un code, saisissez-y le code.",
        "",
    ),
}
NOT_NOW = {
    "en": Text("This did not work", "Go back to where you started, and try again from there.", ""),
    "fr": Text("Cela n’a pas fonctionné", "Retournez d’où vous venez et réessayez.", ""),
}


def of(kind: Kind, language: str) -> Text | None:
    return (FRENCH if language == "fr" else ENGLISH).get(kind)
