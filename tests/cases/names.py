"""B: names in the encodings of zips and tars from everywhere, none of which the archive states."""

import gzip
import struct
import zlib
from collections.abc import Callable

from shared.archives.entries import Entry
from tests.cases.case import Case
from tests.cases.listings import described, zip_check
from tests.shared.archives.compressing import pack
from tests.shared.archives.making import END_OF_TAR, Forged, forge_zip, index_tar, index_zip, tar_header

JAPANESE = ["港.jpg", "写真表.jpg", "ソ.jpg", "予約表/駅.jpg", "予/橋.jpg", "十/町.jpg"]


def in_zip(name: str, situation: str, encoding: str, names: list[str]) -> Case:
    check = zip_check([each.encode(encoding) for each in names])
    return Case(letter="B", name=name, situation=situation, right=", ".join(names), check=check)


def tar_of(encoding: str, names: list[str]) -> bytes:
    return b"".join(tar_header(name.encode(encoding)) for name in names) + END_OF_TAR


def in_tar(name: str, situation: str, encoding: str, names: list[str]) -> Case:
    def index() -> list[Entry]:
        return index_tar(tar_of(encoding, names))

    return Case(letter="B", name=name, situation=situation, right=", ".join(names), check=lambda: described(index))


def in_compressed_tar() -> str:
    return described(lambda: pack(gzip.compress(tar_of("cp932", JAPANESE)), "application/gzip"))


def with_unicode_paths(names: dict[bytes, str]) -> Callable[[], str]:
    def entry(stored: bytes, name: str) -> Forged:
        path = struct.pack("<BL", 1, zlib.crc32(stored)) + name.encode()
        return Forged(stored, b"a picture", flags=0, extra=struct.pack("<2H", 0x7075, len(path)) + path)

    return lambda: described(lambda: index_zip(forge_zip(entry(*pair) for pair in names.items())))


def with_an_option() -> str:
    content = forge_zip([Forged("ひ.jpg".encode("euc_jp"), b"a picture", flags=0)])
    return described(lambda: index_zip(content, name_encoding="euc_jp"))


CASES = [
    in_zip("zip_shift_jis.zip", "Zip of a Japanese Windows (CP932): second bytes that are 0x5C.", "cp932", JAPANESE),
    in_zip("zip_big5.zip", "The same with Big5.", "big5", ["功.jpg", "許.jpg", "高雄港.jpg"]),
    in_zip("zip_gbk.zip", "The same with GBK.", "gbk", ["上海外滩.jpg", "老照片/全家福.jpg", "俓/港口.jpg"]),
    in_zip(
        "zip_euc_kr.zip",
        "The same with EUC-KR; 회 alone is valid UTF-8.",
        "cp949",
        ["서울역.jpg", "회.jpg", "가족사진/결혼식.jpg"],
    ),
    in_zip(
        "zip_cp866.zip", "Zip of a Russian Windows (CP866).", "cp866", ["Порт.jpg", "Семья/Дедушка.jpg", "улица.jpg"]
    ),
    in_zip("zip_cp1251.zip", "Russian, in CP1251.", "cp1251", ["Порт.jpg", "Семья/Дедушка.jpg", "улица.jpg"]),
    in_zip(
        "zip_cp850.zip",
        "Zip of a West-European Windows (CP850).",
        "cp850",
        ["Ærøskøbing.jpg", "São João.jpg", "Straße Ä.jpg"],
    ),
    in_zip("zip_cp1252.zip", "West-European, in CP1252.", "cp1252", ["Ærøskøbing.jpg", "São João.jpg", "Straße Ä.jpg"]),
    in_zip("zip_cp852.zip", "Zip of a Polish Windows (CP852).", "cp852", ["Łódź.jpg", "Święta.jpg", "Kraków.jpg"]),
    in_zip("zip_cp737.zip", "Zip of a Greek Windows (CP737).", "cp737", ["Αθήνα.jpg", "Λιμάνι.jpg", "γάμος.jpg"]),
    in_zip("zip_cp437.zip", "Zip of DOS (CP437), as before.", "cp437", ["Größe.jpg", "Château.jpg", "½ Plate.jpg"]),
    in_zip("zip_utf8_without_flag.zip", "UTF-8 without the flag.", "utf-8", ["Größe.jpg", "港.jpg", "Łódź.jpg"]),
    in_tar("tar_shift_jis.tar", "Names in CP932 in a tar.", "cp932", JAPANESE),
    in_tar("tar_latin_1.tar", "Names in Latin-1 in a tar.", "latin-1", ["Größe.jpg", "São João.jpg"]),
    in_tar("tar_euc_jp.tar", "Names in EUC-JP in a tar.", "euc_jp", ["港.jpg", "運動会.jpg", "お正月/駅前.jpg"]),
    Case(
        letter="B",
        name="tar_shift_jis.tar.gz",
        situation="Names in CP932 in a compressed tar, which is read once.",
        right=", ".join(JAPANESE),
        check=in_compressed_tar,
    ),
    Case(
        letter="B",
        name="zip_unicode_path_ascii.zip",
        situation="A stand-in in ASCII; the true name is in Info-ZIP's Unicode Path.",
        right="港口.jpg, Łódź.jpg, 港.jpg",
        check=with_unicode_paths({b"__.jpg": "港口.jpg", b"???.jpg": "Łódź.jpg", b"#U6e2f.jpg": "港.jpg"}),
    ),
    Case(
        letter="B",
        name="zip_unknown_encoding.zip",
        situation="Bytes that are in no encoding at all, with 0x5C behind them: not skipped, and no folder.",
        right="\xa0_.jpg, \xa0\xa0_",
        check=zip_check([b"\xff\\.jpg", b"\xff\xff\\"]),
    ),
    Case(
        letter="B",
        name="zip_name_encoding_option.zip",
        situation="The option `name_encoding` decides where one name is too little to detect it.",
        right="ひ.jpg",
        check=with_an_option,
    ),
]
