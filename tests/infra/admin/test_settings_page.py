from pathlib import Path

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings

from infra.admin.commands.settings import processes
from infra.admin.settings_page import settings_of, settings_page

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


class Group(BaseModel):
    seconds: float = Field(default=2.0, gt=0, description="how long")


class OneProcess(BaseSettings):
    group: Group = Group()
    name: str = Field(description="a | b")


class AnotherProcess(BaseSettings):
    group: Group = Group()


def test_docs_settings_md_is_what_photochrom_admin_settings_writes():
    assert PAGE.read_text() == settings_page(processes())


def test_every_setting_is_described():
    settings = [setting for process in processes().values() for setting in settings_of(process)]

    assert [setting.variable for setting in settings if not setting.description] == []


def test_a_row_has_range_default_and_the_processes_that_read_it():
    page = settings_page({"first": OneProcess, "second": AnotherProcess})

    assert "| `PHOTOCHROM_GROUP__SECONDS` | number, > 0 | `2` | how long | all |" in page
    assert r"| `PHOTOCHROM_NAME` | text | required | a \| b | first |" in page
