from infra.admin.metrics_page import BEGIN, END, with_table
from shared.metrics.catalogue import all_metrics
from tests.fixtures.stack import REPOSITORY

PAGE = REPOSITORY / "docs" / "monitoring.md"


def test_the_table_in_docs_monitoring_md_is_what_photochrom_admin_metrics_writes():
    page = PAGE.read_text()

    assert (page.count(BEGIN), page.count(END)) == (1, 1)
    assert with_table(page) == page


def test_every_metric_has_a_help_text_that_is_a_sentence():
    assert [metric.name for metric in all_metrics() if not metric.help.endswith((".", "none does."))] == []
