"""What axe finds in a page: accessibility faults that a program can see."""

from playwright.sync_api import Page

from tests.fixtures.stack import REPOSITORY

AXE = REPOSITORY / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings_of(page: Page) -> list[tuple[str, list[str]]]:
    """Each with the elements that it is about."""
    page.evaluate(AXE.read_text())  # Not a script element: the page's policy would refuse it.
    findings = page.evaluate("tags => axe.run({runOnly: tags}).then(({violations}) => violations)", RULES)
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in findings]
