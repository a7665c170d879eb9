import numpy as np
import pytest

from training.scores.scoring import Scored
from training.scores.tones import by_tone, counts_by_tone, format_tones, read_tones

NAN = float("nan")


def _portrait(name, skin, violet=0.0, colorful=20.0):
    scores = {"skin": skin, "violet": violet, "colorfulness": colorful, "colorfulness_original": 40.0}
    return Scored(name, {"made": scores}, {}, {})


@pytest.fixture
def index(tmp_path):
    path = tmp_path / "index.csv"
    path.write_text(
        "shard,name,source,label,width,height\n"
        "3,a.webp,faces,ita:very light,208,208\n"
        "3,b.webp,faces,ita:dark,208,208\n"
        "0,c.webp,things,guitar,208,208\n"
    )
    return path


def test_tones_go_by_the_names_that_photographs_have_below_a_folder_of_shards(index):
    assert read_tones(index) == {"train-03.tar/a.webp": "very light", "train-03.tar/b.webp": "dark"}


def test_another_table_is_refused(tmp_path):
    (tmp_path / "other.csv").write_text("file,tone\na.webp,dark\n")

    with pytest.raises(ValueError, match="not a CSV with columns shard"):
        read_tones(tmp_path / "other.csv")


def test_each_tone_has_its_own_means_and_all_portraits_theirs():
    scored = [
        _portrait("a", 10.0, violet=1.0),
        _portrait("b", 20.0),
        _portrait("c", 60.0, colorful=60.0),
        _portrait("d", 5),
    ]

    table = by_tone(scored, {"a": "dark", "b": "dark", "c": "very light"}, "made")

    assert list(table) == ["very light", "dark", "all"]
    assert [table[tone]["skin"].value for tone in table] == [60, 15, 30]
    assert table["dark"]["violet"].value == 0.5
    assert [table[tone]["colorfulness"].value for tone in table] == pytest.approx([1.5, 0.5, 100 / 120])


def test_the_interval_is_as_wide_as_the_values_are_uncertain():
    random = np.random.default_rng(1)
    scored = [_portrait(str(number), value) for number, value in enumerate(random.normal(10, 3, 100))]

    skin = by_tone(scored, {str(number): "tan" for number in range(100)}, "made")["tan"]["skin"]

    # A mean of 100 with a deviation of 3: ± 1.96 × 0.3.
    assert skin.high - skin.low == pytest.approx(2 * 1.96 * 0.3, rel=0.25)
    assert skin.low < skin.value < skin.high


def test_portraits_without_skin_do_not_count_for_skin():
    table = by_tone([_portrait("a", 10.0), _portrait("b", NAN)], {"a": "tan", "b": "tan"}, "made")

    assert table["tan"]["skin"].value == 10


def test_the_table_says_how_many_portraits_there_are():
    scored, tones = [_portrait("a", 10.0), _portrait("b", 10.0), _portrait("c", 10.0)], {"a": "tan", "b": "tan"}

    printed = format_tones({"made": by_tone(scored, tones, "made")}, counts_by_tone(scored, tones))

    assert "| made | tan | 2 | 10.00 (10.00 to 10.00) | 0.00 (0.00 to 0.00) | 0.50 (0.50 to 0.50) |" in printed
    assert "| made | all | 2 |" in printed
