"""The schema, as the steps that lead to it. Alembic is imported only where there is a step to take."""

from pathlib import Path

HEAD = "0001"  # the newest revision; a test holds it to the versions in this folder
FOLDER = Path(__file__).parent


def upgrade(url: str) -> None:
    """Bring the database at this URL up to date. Calls nothing of the running server."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    command.upgrade(config, "head")
