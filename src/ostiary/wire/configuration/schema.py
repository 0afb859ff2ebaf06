"""The JSON Schema of a configuration file, for editors and for `ostiary config schema`."""

from typing import Any

import msgspec

from ostiary.core.messages.model import EmailTemplate, SmsTemplate
from ostiary.core.projects.model import Settings

from .model import Configuration


def json_schema() -> dict[str, Any]:
    parts = [Configuration, Settings, SmsTemplate, EmailTemplate]
    (whole, settings, sms, email), components = msgspec.json.schema_components(
        parts, ref_template="#/$defs/{name}"
    )
    components["Configuration"]["properties"]["settings"] = settings
    section = components["TemplateSection"]["properties"]
    section["sms"], section["email"] = sms, email
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ostiary configuration",
        **whole,
        "$defs": components,
    }
