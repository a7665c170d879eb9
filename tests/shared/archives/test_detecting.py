"""The encoding of names is detected from a few of them, and where it is not, they stay as they were."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archives.detecting import SAMPLE_BYTES, Sample
from shared.archives.encodings import CANDIDATES

NAMES = {
    "cp932": "大阪城天守閣 隅田川 ソフト 東京タワー建設中 母と妹 浅間山噴火 昼休み 能面 十和田湖 表紙 予定表 構造",
    "gb18030": "外婆 故宫 秦淮河 渔民 王府井大街 鼓楼 拖拉机 丰收 纺织女工 幼儿园 我的童年",
    "cp950": "外婆 日月潭 吊橋 糖廠小火車 媽祖遶境 澎湖漁船 許願池 功夫 餐廳 閱兵 淹水",
    "cp949": "경복궁 남대문 해운대 설날 외할머니댁 수학여행 자전거 명동거리 인천상륙",
    "cp866": "Эрмитаж Кремль деревня ДЕТИ завод пруд щенок Нюра",
    "cp1251": "Эрмитаж Кремль деревня ДЕТИ завод пруд щенок Нюра",
    "koi8_r": "Эрмитаж Кремль деревня ДЕТИ завод пруд щенок Нюра",
    "cp850": "Ærø Gård Børn São Praça Coração Mädchen Straße Île Forêt",
    "cp1252": "Ærø Gård Børn São Praça Coração Mädchen Straße Île Forêt",
    "cp852": "Wrocław Częstochowa żniwa cegła główny Łódź",
    "cp1250": "Wrocław Częstochowa żniwa cegła główny Łódź",
    "cp737": "Ακρόπολη Πλοίο μητέρα Παρέλαση χωριό",
    "cp1253": "Ακρόπολη Πλοίο μητέρα Παρέλαση χωριό",
    "cp857": "İstanbul düğün köprüsü Beyoğlu şehir çocuklar ağaç",
    "cp1254": "İstanbul düğün köprüsü Beyoğlu şehir çocuklar ağaç",
    "cp862": "ירושלים משפחה חתונה סבתא",
    "cp1255": "ירושלים משפחה חתונה סבתא",
    "cp1256": "القاهرة العائلة مدرسة بيروت",
    "cp874": "กรุงเทพ ครอบครัว โรงเรียน",
    "euc_jp": "お正月 運動会 スキャン 新しいアルバム 駅前",
    "mac_roman": "Größe Málaga Château Fête Niño Hôtel Été Köln São",
}


def sample_of(names: list[bytes]) -> Sample:
    sample = Sample()
    for name in names:
        sample.add(name)
    return sample


@pytest.mark.parametrize("fallback", CANDIDATES)
@pytest.mark.parametrize("encoding", NAMES)
def test_the_encoding_of_a_few_names_is_detected(encoding: str, fallback: str) -> None:
    names = [f"scans/{name}.jpg" for name in NAMES[encoding].split()]

    detected = sample_of([name.encode(encoding) for name in names]).detect(fallback)

    assert detected is not None
    assert [name.encode(encoding).decode(detected) for name in names] == names


@pytest.mark.parametrize("encoding", ["cp932", "gb18030", "cp950", "cp949", "cp866", "cp850"])
def test_any_three_names_of_the_usual_encodings_are_enough(encoding: str) -> None:
    names = NAMES[encoding].split()
    threes = [names[at : at + 3] for at in range(len(names) - 2)]

    for three in threes:
        detected = sample_of([name.encode(encoding) for name in three]).detect("cp437")
        assert detected is not None
        assert [name.encode(encoding).decode(detected) for name in three] == three


def test_one_name_of_many_may_be_in_another_encoding() -> None:
    names = (NAMES["cp932"] + " 港 橋 駅 町 村 寺 川 山").split()
    assert len(names) == 20

    assert sample_of([*[name.encode("cp932") for name in names], b"\xff\xfe"]).detect("cp437") == "cp932"


@pytest.mark.parametrize("names", [[b"\xff\xfe.jpg"], [bytes(range(128, 256))]])
def test_bytes_that_nobody_can_read_have_no_encoding(names: list[bytes]) -> None:
    assert sample_of(names).detect("cp437") is None


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=10))
def test_any_bytes_have_an_encoding_or_none(names: list[bytes]) -> None:
    detected = sample_of(names).detect("cp437")

    assert detected is None or detected in {candidate.encoding for candidate in CANDIDATES["cp437"]}
    assert detected == sample_of(names).detect("cp437")


def test_a_sample_is_bounded_and_numbers_do_not_fill_it() -> None:
    numbered, distinct = Sample(), Sample()
    for number in range(100_000):
        numbered.add("写真".encode("cp932") + b"%d.jpg" % number)
    for number in range(20_000):
        distinct.add(chr(0x4E00 + number).encode("gb18030") * 20)

    assert len(numbered._parts) == 1
    assert sum(map(len, distinct._parts)) < SAMPLE_BYTES + 100


def test_a_full_sample_is_read_in_seconds() -> None:
    sample = Sample()
    for number in range(20_000):
        sample.add(chr(0x4E00 + number).encode("gb18030") + b".jpg")

    started = perf_counter()
    sample.detect("cp437")

    assert perf_counter() - started < 20
