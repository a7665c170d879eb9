from collections import Counter

import pytest

from tests.training.study.conftest import save_picture
from training.study.pictures import find_pictures
from training.study.trials import plan_comparisons, plan_real_or_colorized


def test_pairs_of_methods_are_compared_equally_often_and_never_with_the_real_photograph(results):
    save_picture(results / "third" / "places/00.png", (1, 2, 3))
    for number in range(1, 12):
        save_picture(results / "third" / f"{'people' if number % 2 else 'places'}/{number:02d}.png", (1, 2, 3))

    trials = plan_comparisons(find_pictures(results), trials=24, repeats=0, seed=1)

    assert set(Counter(frozenset(trial.methods) for trial in trials).values()) == {8}
    assert Counter(trial.picture for trial in trials).most_common(1)[0][1] == 2
    assert not any("truth" in trial.methods for trial in trials)
    assert len({(trial.picture, frozenset(trial.methods)) for trial in trials}) == 24


def test_sides_are_random_and_repeats_swap_them(results):
    trials = plan_comparisons(find_pictures(results), trials=12, repeats=4, seed=0)

    assert len(trials) == 16
    assert {trial.methods for trial in trials[:12]} == {("old", "new"), ("new", "old")}
    for again in trials[12:]:
        assert again.methods == trials[again.repeats].methods[::-1]
        assert again.picture == trials[again.repeats].picture
    assert [trial.number for trial in trials] == list(range(16))


def test_nobody_is_shown_two_versions_of_a_photograph_that_may_be_real(results):
    trials = plan_real_or_colorized(find_pictures(results), trials=60, seed=0)

    assert len({trial.picture for trial in trials}) == len(trials) == 12
    assert Counter(trial.methods for trial in trials) == {("truth",): 4, ("old",): 4, ("new",): 4}


def test_the_same_seed_plans_the_same_study(results):
    pictures = find_pictures(results)
    plans = [plan_comparisons(pictures, trials=6, repeats=2, seed=seed) for seed in (5, 5, 6)]

    assert plans[0] == plans[1] != plans[2]


def test_what_cannot_be_asked_is_refused(tmp_path):
    save_picture(tmp_path / "only" / "a.png", (1, 2, 3))
    pictures = find_pictures(tmp_path)

    with pytest.raises(ValueError, match="needs two methods; there is only only"):
        plan_comparisons(pictures, trials=1, repeats=0, seed=0)
    with pytest.raises(ValueError, match="named truth"):
        plan_real_or_colorized(pictures, trials=1, seed=0)


def test_pictures_that_a_method_lacks_are_left_out(results):
    (results / "old" / "people/01.png").unlink()

    assert "people/01" not in find_pictures(results).names


@pytest.mark.parametrize("names", [[], ["a/x.png", "b/y.png"]])
def test_a_folder_without_pictures_in_common_is_refused(tmp_path, names):
    for name in names:
        save_picture(tmp_path / name, (1, 2, 3))

    with pytest.raises(ValueError, match=r"no folders of pictures|No picture is in all of a, b"):
        find_pictures(tmp_path)
