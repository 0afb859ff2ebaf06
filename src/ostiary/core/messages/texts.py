"""The messages we send when an operator has written none: every purpose, by SMS and by e-mail.

Each says what its code or link is for (what you see is what you sign), how long it works, and what
to do if it was not you. An SMS with a code ends in the line that binds the code to our origin, so
that a browser offers it there and nowhere else (SND-9; WICG, origin-bound one-time codes). An SMS
keeps to the GSM-7 alphabet (3GPP TS 23.038), where one letter outside halves what fits, and to one
segment if names are short. A name is shown so that no mail program makes a link of it: who signs
up chooses it, and the mail goes to an address that need not be theirs (S6).
"""

from functools import cache

from msgspec import Struct

from .model import EmailTemplate, Notice, Purpose, SmsTemplate

LANGUAGES = ("en", "fr")
FALLBACK = "en"

SENDER = "{{ client.name }} <no-reply@{{ origin_host }}>"
BOUND = "{% if origin_host %}\n@{{ origin_host }} #{{ verification_code }}{% endif %}"
NAME = (
    "{% if user.given_name %} {{ user.given_name | replace: '://', ' ' | replace: '.', '. '"
    " | squish | truncate: 40 }}{% endif %}"
)


class Text(Struct, frozen=True):
    """One purpose in one language. `aim` completes "a code to …"."""

    aim: str
    subject: str
    button: str
    sms_warning: str
    mail_warning: str


class Language(Struct, frozen=True, kw_only=True):
    """The sentences around what differs from purpose to purpose."""

    greeting: str
    lifetime: str
    sms: str  # {aim}, {lifetime}, {warning}
    code: str  # {aim}
    link: str  # {aim}
    or_link: str
    or_log_in: str
    log_in: str
    once: str  # {lifetime}
    texts: dict[Purpose, Text]
    notice_subject: str
    notices: dict[Notice, str]
    notice_otherwise: str
    notice_sms: str
    notice_mail: str
    notice_link: str
    notice_warning: str
    notice_button: str


_EN = Language(
    greeting="Hello" + NAME + ",",
    lifetime=(
        "{% case lifetime_minutes %}{% when 1 %}1 minute{% when 60 %}1 hour"
        "{% when 1440 %}24 hours{% when 10080 %}7 days"
        "{% else %}{{ lifetime_minutes }} minutes{% endcase %}"
    ),
    sms="{{{{ verification_code }}}} is your code to {aim}, for {lifetime}. {warning}",
    code="Here is your code to {aim}:",
    link="Press this button to {aim}:",
    or_link="Or press this button:",
    or_log_in="Or sign in without a new password:",
    log_in="Sign in",
    once="It works once, for {lifetime}. Pass it on to no one: we will never ask you for it.",
    texts={
        Purpose.MFA_ACTIVATION: Text(
            aim="turn on two-step verification at {{ client.name }}",
            subject="Turn on two-step verification at {{ client.name }}",
            button="Turn it on",
            sms_warning="Not you? Share it with no one.",
            mail_warning="If it was not you, someone may be signed in to your account:"
            " change your password.",
        ),
        Purpose.MFA_STEP_UP: Text(
            aim="{% case action %}{% when 'login' %}finish signing in to"
            "{% when 'transaction', 'payment' %}confirm a payment at"
            "{% else %}confirm it is you at{% endcase %} {{ client.name }}",
            subject="{% case action %}{% when 'login' %}Finish signing in to"
            "{% when 'transaction', 'payment' %}Confirm a payment at"
            "{% else %}Confirm it is you at{% endcase %} {{ client.name }}",
            button="Yes, it is me",
            sms_warning="Not you? Share it with no one, change your password.",
            mail_warning="If it was not you, someone may know your password: change it now.",
        ),
        Purpose.LOGIN_CODE: Text(
            aim="sign in to {{ client.name }}",
            subject="Your code to sign in to {{ client.name }}",
            button="Sign in",
            sms_warning="Not you? Share it with no one.",
            mail_warning="If it was not you, ignore this message: nobody gets in without it.",
        ),
        Purpose.LOGIN_LINK: Text(
            aim="sign in to {{ client.name }}",
            subject="Sign in to {{ client.name }}",
            button="Sign in",
            sms_warning="Not you? Share it with no one.",
            mail_warning="If it was not you, ignore this message: nobody gets in without it.",
        ),
        Purpose.EMAIL_VERIFICATION: Text(
            aim="confirm your e-mail address for {{ client.name }}",
            subject="Confirm your e-mail address for {{ client.name }}",
            button="Confirm this address",
            sms_warning="Not you? Share it with no one.",
            mail_warning="If it was not you, ignore this message: the address stays unconfirmed.",
        ),
        Purpose.PHONE_VERIFICATION: Text(
            aim="confirm your phone number for {{ client.name }}",
            subject="Confirm your phone number for {{ client.name }}",
            button="Confirm this number",
            sms_warning="Not you? Share it with no one.",
            mail_warning="If it was not you, ignore this message: the number stays unconfirmed.",
        ),
        Purpose.PASSWORD_RESET: Text(
            aim="choose a new password for {{ client.name }}",
            subject="Choose a new password for {{ client.name }}",
            button="Choose a new password",
            sms_warning="Not you? Share it with no one.",
            mail_warning="If it was not you, ignore this message: your password stays as it is.",
        ),
        Purpose.ACCOUNT_RECOVERY: Text(
            aim="get back into your account at {{ client.name }}",
            subject="Get back into your account at {{ client.name }}",
            button="Get back in",
            sms_warning="Not you? Share it with no one.",
            mail_warning="If it was not you, ignore this message, and check that your password is"
            " known to you alone.",
        ),
    },
    notice_subject="Security notice from {{ client.name }}",
    notices={
        Notice.PASSWORD_CHANGED: "your password was changed",
        Notice.EMAIL_CHANGED: "your e-mail address was changed",
        Notice.PHONE_NUMBER_CHANGED: "your phone number was changed",
        Notice.CREDENTIAL_ADDED: "a way to verify it is you was added",
        Notice.CREDENTIAL_REMOVED: "a way to verify it is you was removed",
        Notice.RECOVERY_CODE_USED: "a recovery code was used",
        Notice.RECOVERY_CODES_REPLACED: "your recovery codes were replaced",
        Notice.NEW_DEVICE: "someone signed in from a new device",
        Notice.MANY_FAILURES: "many wrong passwords or codes were tried",
    },
    notice_otherwise="a security setting was changed",
    notice_sms="{{{{ client.name }}}}: {what}. If it was not you, change your password now.",
    notice_mail="On your account at {{{{ client.name }}}}, {what}."
    " If it was you, there is nothing to do.",
    notice_link="If it was not you, press this button:",
    notice_warning="If it was not you, change your password now.",
    notice_button="It was not me",
)

_FR = Language(
    greeting="Bonjour" + NAME + ",",
    lifetime=(
        "{% case lifetime_minutes %}{% when 1 %}1 minute{% when 60 %}1 heure"
        "{% when 1440 %}24 heures{% when 10080 %}7 jours"
        "{% else %}{{ lifetime_minutes }} minutes{% endcase %}"
    ),
    sms="{{{{ verification_code }}}} est votre code pour {aim}, valable {lifetime}. {warning}",
    code="Voici votre code pour {aim}\u00a0:",
    link="Appuyez sur ce bouton pour {aim}\u00a0:",
    or_link="Ou appuyez sur ce bouton\u00a0:",
    or_log_in="Ou connectez-vous sans nouveau mot de passe\u00a0:",
    log_in="Se connecter",
    once="Valable une seule fois, pendant {lifetime}. Ne le communiquez à personne\u00a0:"
    " nous ne vous le demanderons jamais.",
    texts={
        Purpose.MFA_ACTIVATION: Text(
            aim="activer la validation en deux étapes sur {{ client.name }}",
            subject="Activez la validation en deux étapes sur {{ client.name }}",
            button="Activer",
            sms_warning="Pas vous ? Ne le donnez pas.",
            mail_warning="Si ce n’est pas vous, quelqu’un est peut-être connecté à votre"
            " compte\u00a0: changez de mot de passe.",
        ),
        Purpose.MFA_STEP_UP: Text(
            aim="{% case action %}{% when 'login' %}terminer votre connexion à"
            "{% when 'transaction', 'payment' %}confirmer un paiement sur"
            "{% else %}confirmer votre identité sur{% endcase %} {{ client.name }}",
            subject="{% case action %}{% when 'login' %}Terminez votre connexion à"
            "{% when 'transaction', 'payment' %}Confirmez un paiement sur"
            "{% else %}Confirmez votre identité sur{% endcase %} {{ client.name }}",
            button="Oui, c’est moi",
            sms_warning="Pas vous ? Changez de mot de passe.",
            mail_warning="Si ce n’est pas vous, quelqu’un connaît peut-être votre mot de"
            " passe\u00a0: changez-le sans attendre.",
        ),
        Purpose.LOGIN_CODE: Text(
            aim="vous connecter à {{ client.name }}",
            subject="Votre code pour vous connecter à {{ client.name }}",
            button="Se connecter",
            sms_warning="Pas vous ? Ne le donnez pas.",
            mail_warning="Si ce n’est pas vous, ignorez ce message\u00a0:"
            " personne n’entre sans lui.",
        ),
        Purpose.LOGIN_LINK: Text(
            aim="vous connecter à {{ client.name }}",
            subject="Connectez-vous à {{ client.name }}",
            button="Se connecter",
            sms_warning="Pas vous ? Ne le donnez pas.",
            mail_warning="Si ce n’est pas vous, ignorez ce message\u00a0:"
            " personne n’entre sans lui.",
        ),
        Purpose.EMAIL_VERIFICATION: Text(
            aim="confirmer votre adresse e-mail pour {{ client.name }}",
            subject="Confirmez votre adresse e-mail pour {{ client.name }}",
            button="Confirmer cette adresse",
            sms_warning="Pas vous ? Ne le donnez pas.",
            mail_warning="Si ce n’est pas vous, ignorez ce message\u00a0:"
            " l’adresse ne sera pas confirmée.",
        ),
        Purpose.PHONE_VERIFICATION: Text(
            aim="confirmer votre numéro de téléphone pour {{ client.name }}",
            subject="Confirmez votre numéro de téléphone pour {{ client.name }}",
            button="Confirmer ce numéro",
            sms_warning="Pas vous ? Ne le donnez pas.",
            mail_warning="Si ce n’est pas vous, ignorez ce message\u00a0:"
            " le numéro ne sera pas confirmé.",
        ),
        Purpose.PASSWORD_RESET: Text(
            aim="choisir un nouveau mot de passe pour {{ client.name }}",
            subject="Choisissez un nouveau mot de passe pour {{ client.name }}",
            button="Choisir un mot de passe",
            sms_warning="Pas vous ? Ne le donnez pas.",
            mail_warning="Si ce n’est pas vous, ignorez ce message\u00a0:"
            " votre mot de passe ne change pas.",
        ),
        Purpose.ACCOUNT_RECOVERY: Text(
            aim="retrouver votre compte sur {{ client.name }}",
            subject="Retrouvez l’accès à votre compte sur {{ client.name }}",
            button="Retrouver mon compte",
            sms_warning="Pas vous ? Ne le donnez pas.",
            mail_warning="Si ce n’est pas vous, ignorez ce message, et vérifiez que personne"
            " d’autre ne connaît votre mot de passe.",
        ),
    },
    notice_subject="Alerte de sécurité de {{ client.name }}",
    notices={
        Notice.PASSWORD_CHANGED: "votre mot de passe a été changé",
        Notice.EMAIL_CHANGED: "votre adresse e-mail a été changée",
        Notice.PHONE_NUMBER_CHANGED: "votre numéro de téléphone a été changé",
        Notice.CREDENTIAL_ADDED: "un moyen de vérifier votre identité a été ajouté",
        Notice.CREDENTIAL_REMOVED: "un moyen de vérifier votre identité a été retiré",
        Notice.RECOVERY_CODE_USED: "un code de secours a été utilisé",
        Notice.RECOVERY_CODES_REPLACED: "vos codes de secours ont été remplacés",
        Notice.NEW_DEVICE: "une connexion a eu lieu depuis un nouvel appareil",
        Notice.MANY_FAILURES: "de nombreux mots de passe ou codes faux ont été essayés",
    },
    notice_otherwise="un réglage de sécurité a été changé",
    notice_sms="{{{{ client.name }}}} : {what}. Si ce n'est pas vous, changez de mot de passe.",
    notice_mail="Sur votre compte {{{{ client.name }}}}, {what}."
    " Si c’est bien vous, vous n’avez rien à faire.",
    notice_link="Si ce n’est pas vous, appuyez sur ce bouton\u00a0:",
    notice_warning="Si ce n’est pas vous, changez de mot de passe sans attendre.",
    notice_button="Ce n’est pas moi",
)

_SPOKEN = {"en": _EN, "fr": _FR}


class _Shape(Struct, frozen=True):
    """How a paragraph, a code and a link look."""

    paragraph: str
    code: str
    button: str


_LETTER = _Shape(
    paragraph="{}\n\n",
    code="{{ verification_code }}\n\n",
    button="{}: {{{{ link }}}}\n\n",
)
_PAGE = _Shape(
    paragraph="<p>{}</p>\n",
    code='<p style="font:bold 28px monospace;letter-spacing:4px">{{ verification_code }}</p>\n',
    button='<p><a href="{{{{ link }}}}" style="display:inline-block;padding:12px 20px;'
    'border-radius:6px;background:#1d4ed8;color:#fff;text-decoration:none">{}</a></p>\n',
)
_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{subject}</title>
</head>
<body style="margin:0;padding:24px;background:#f3f4f6;color:#111827;font:16px/1.5 sans-serif">
<div style="max-width:480px;margin:0 auto;padding:8px 32px;background:#fff;border-radius:8px">
{body}</div>
</body>
</html>
"""


@cache
def sms(purpose: Purpose, language: str) -> SmsTemplate:
    """Our own SMS, in one of `LANGUAGES`."""
    words = _SPOKEN[language]
    if purpose is Purpose.SECURITY_NOTICE:
        return SmsTemplate(text=words.notice_sms.format(what=_what(words)))
    text = words.texts[purpose]
    said = words.sms.format(aim=text.aim, lifetime=words.lifetime, warning=text.sms_warning)
    return SmsTemplate(text=said + BOUND)


@cache
def email(purpose: Purpose, language: str, *, html: bool = True) -> EmailTemplate:
    """Our own e-mail, in one of `LANGUAGES`, in HTML or as a plain letter."""
    words = _SPOKEN[language]
    notice = purpose is Purpose.SECURITY_NOTICE
    subject = words.notice_subject if notice else words.texts[purpose].subject
    shape = _PAGE if html else _LETTER
    body = _notice(words, shape) if notice else _request(words, purpose, shape)
    if html:
        body = _FRAME.format(language=language, subject=subject, body=body)
    return EmailTemplate(from_=SENDER, subject=subject, html=html, body=body)


def _request(words: Language, purpose: Purpose, shape: _Shape) -> str:
    paragraph, text = shape.paragraph.format, words.texts[purpose]
    which = "{% if verification_code %}" + words.or_link + "{% else %}"
    return (
        paragraph(words.greeting)
        + "{% if verification_code %}"
        + paragraph(words.code.format(aim=text.aim))
        + shape.code
        + "{% endif %}{% if link %}"
        + paragraph(which + words.link.format(aim=text.aim) + "{% endif %}")
        + shape.button.format(text.button)
        + "{% endif %}"
        + (_or_log_in(words, shape) if purpose is Purpose.PASSWORD_RESET else "")
        + paragraph(words.once.format(lifetime=words.lifetime))
        + paragraph(text.mail_warning)
    )


def _or_log_in(words: Language, shape: _Shape) -> str:
    button = shape.button.format(words.log_in).replace("{{ link }}", "{{ login_link }}")
    return "{% if login_link %}" + shape.paragraph.format(words.or_log_in) + button + "{% endif %}"


def _notice(words: Language, shape: _Shape) -> str:
    paragraph = shape.paragraph.format
    return (
        paragraph(words.greeting)
        + paragraph(words.notice_mail.format(what=_what(words)))
        + "{% if link %}"
        + paragraph(words.notice_link)
        + shape.button.format(words.notice_button)
        + "{% else %}"
        + paragraph(words.notice_warning)
        + "{% endif %}"
    )


def _what(words: Language) -> str:
    known = "".join(f"{{% when '{notice}' %}}{said}" for notice, said in words.notices.items())
    return f"{{% case action %}}{known}{{% else %}}{words.notice_otherwise}{{% endcase %}}"
