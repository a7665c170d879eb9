import numpy as np
import pytest

from training.scores import metrics
from worker.colorizer.color import rgb_from_lab

# Pairs of Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula" (2005), table 1: those that expose
# implementations with a wrong hue mean, a wrong hue difference or a wrong gray.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)


@pytest.mark.parametrize(("first", "second", "expected"), SHARMA)
def test_ciede2000_gives_the_published_values(first, second, expected):
    assert metrics.ciede2000(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-4)
    assert metrics.ciede2000(np.array(second), np.array(first)) == pytest.approx(expected, abs=1e-4)


def test_a_picture_has_perfect_scores_against_itself(picture):
    assert metrics.psnr(picture, picture) == 100
    assert metrics.ssim(picture, picture) == pytest.approx(1)
    assert metrics.mean_ciede2000(picture, picture) == 0


def test_psnr_of_a_known_error():
    flat = np.full((8, 8, 3), 100, dtype=np.uint8)

    assert metrics.psnr(flat, flat + np.uint8(10)) == pytest.approx(28.1308, abs=1e-4)


def test_ssim_of_flat_pictures_is_the_luminance_term_alone():
    flat = np.full((16, 16, 3), 100, dtype=np.uint8)
    c1 = (0.01 * 255) ** 2

    expected = (2 * 100 * 120 + c1) / (100**2 + 120**2 + c1)

    assert metrics.ssim(flat, flat + np.uint8(20)) == pytest.approx(expected, abs=1e-9)


def test_ssim_falls_as_noise_grows(picture):
    noise = np.random.default_rng(1).normal(0, 1, picture.shape)
    noisy = [np.clip(picture + level * noise, 0, 255).astype(np.uint8) for level in (5, 20, 60)]

    scores = [metrics.ssim(picture, version) for version in noisy]

    assert 1 > scores[0] > scores[1] > scores[2]


def test_gray_has_no_colorfulness_and_two_halves_of_color_have_that_of_the_formula(picture):
    gray = np.repeat(picture[..., :1], 3, axis=-1)
    halves = np.zeros((2, 2, 3), dtype=np.uint8)
    halves[0, :, 0] = 200
    halves[1, :, 2] = 200

    assert metrics.colorfulness(gray) == 0
    # rg is 200 | 0 and yb is 100 | -200: deviations 100 and 150, means 100 and -50.
    assert metrics.colorfulness(halves) == pytest.approx(np.hypot(100, 150) + 0.3 * np.hypot(100, 50))


def _flat(lightness, chroma, hue, size=(8, 8)):
    angle = np.radians(hue)
    lab = np.array([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], dtype=np.float32)
    return rgb_from_lab(np.broadcast_to(lab, (*size, 3)))


def test_violet_counts_pixels_that_are_so_where_the_truth_is_not():
    gray, violet = _flat(50, 0, 0), _flat(50, 30, 315)
    half = gray.copy()
    half[:4] = violet[:4]

    assert metrics.violet(half, gray) == 50
    assert metrics.violet(violet, half) == 50
    assert metrics.violet(half, violet) == 0


@pytest.mark.parametrize(("chroma", "hue"), [(10, 315), (30, 20), (30, 260)])
def test_pale_red_and_blue_are_not_violet(chroma, hue):
    assert metrics.violet(_flat(50, chroma, hue), _flat(50, 0, 0)) == 0


def test_skin_is_compared_in_a_and_b_alone_and_in_the_middle():
    truth = _flat(60, 25, 50)
    truth[:2] = _flat(60, 25, 200)[:2]  # Above the middle half.
    picture = _flat(40, 35, 50)

    assert metrics.skin_distance(picture, truth) == pytest.approx(10, abs=0.6)
    assert metrics.skin_distance(truth, truth) == 0


@pytest.mark.parametrize(("lightness", "chroma", "hue"), [(60, 25, 100), (60, 4, 50), (10, 10, 50)])
def test_pixels_without_skin_color_are_not_compared(lightness, chroma, hue):
    assert np.isnan(metrics.skin_distance(_flat(50, 0, 0), _flat(lightness, chroma, hue)))
