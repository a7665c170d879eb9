"""How surprising a letter is in a language, in bits.

The alphabets are those of charset-normalizer, in the order of their frequency. Its own detector needs whole sentences;
names are short, so each letter must count. It has only the 26 to 100 most frequent letters of a language, and of Latin
alphabets mostly those of ASCII; the others follow here in about the same order.
"""

from functools import lru_cache
from math import log2

from charset_normalizer.constant import FREQUENCIES

UNKNOWN = 11.0
_LATIN = {
    "French": "éèàêçâôîëïûùüœæÿ",
    "German": "üäöß",
    "Spanish": "óíáéñúü",
    "Portuguese": "ãçáéíóêõâúàô",
    "Italian": "èàòùéìí",
    "Danish": "øåæé",
    "Swedish": "äåöé",
    "Icelandic": "íáðöéúýþóæ",
    "Polish": "łąęóżśćźń",
    "Czech": "íáéěřčšžýůúťňďóäľĺŕô",
    "Hungarian": "áéöóőíüúű",
    "Romanian": "ăâîșțşţ",
    "Croatian": "čšžćđ",
    "Turkish": "ıüşçöğİâî",
    "Lithuanian": "ėšžąųįūęč",
    "Latvian": "āīēšņļģķčžū",
    "Estonian": "äõöüšž",
}
# The rest of alphabets that are not Latin.
_REST = {
    "Russian": "юшщэфёъ",
    "Ukrainian": "юцєщжїшґфёъыэ",
    "Bulgarian": "ющшфьё",
    "Serbian": "ђћџљњшфцжзхј",
    "Greek": "βφύώχξζψΐϊΰϋ",
    "Hebrew": "ץף",
    "Arabic": "ؤئءآظغضذثخزجى",
    "Farsi": "چپژصضطظذثغآئ",
    "Thai": "่้ัิีืุู์็ึ๊๋ไใโฉซญฎฏฐฑฒณธภฤฬฟฝฮฯๆฆผษศถฌ",
}
_HANGUL = """
이다에의는로하을가고지서한은기으년대사시를리도인스일진전장구산부자어원아제정그수해나보라과만상나성주동여학와소관문회교공
우비마오게조국화선경신안영유발강중합모연물세방민생역분들당습있었군무불재위두천거드트단남호단설출체행결할미내면노적반광
계실현식금작청용바카크르포프파타치르여행졸업증류번호목록옛날흑백촌풍배차창초촬항항구령예술관건설철도열집저주택길거리길돌잔칫혼례
할머니버지형누나들길밭논섬배터졸봄름을겨울눈꽃박물절탑폴더새셔왕궁벽화가족앨범캔컬렉션
"""
_KANJI = """
日一人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木
写真表駅港橋町村家族祖父母市京都館寺社城神祭式結婚集合運動会卒業旅海岸島湖河原野田谷坂道路車船列鉄機関場店屋敷門庭園景風雪花
春夏秋冬朝夕昭和大正明治平成期代戦前後新旧古老若兄弟姉妹子供友達先生徒組部隊員工農漁商農業祝正祭盆元旦能登横浜阪神戸名古屋
広福岡長崎奈良仙台札幌沖縄県区郡丁目番号枚画像資料記録作品展覧絵葉紙版刷文化財史民俗博物図約予十貼付申込説明全体遠足撮影場所
内構案用地建築設計宅住居室台所井戸畑林森公園池滝温泉石松竹梅桜菊鳥馬牛犬猫魚祈願奉納鳥居松島富士箱根軽沢浅草銀座新宿渋谷池袋
"""
_SIMPLIFIED = """
的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可年月日号老照片全家福祖父母爷奶爸妈妹弟兄姐儿子女孩婚结毕业证学校
小中大院班级同学师生北京上海天津广州南京武汉重庆成都西安杭苏州江河湖海港口码头山长城桥街路门前楼塔寺庙园林亭宫殿村镇县市省
东西南北春夏秋冬花雪风景影像扫描新建文件夹图相册工厂农民军队战士兵解放抗战民国清代车站火铁轮船电飞机茶馆酒店商店铺戏台坛黄浦
外滩颐和故居旧址名胜古迹红旗节庆典礼运动会合影留念纪念留影游行集体单人物肖像早期晚清代年代三四五六七八九十零百千一二两
"""
_TRADITIONAL = """
的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可年月日號老照片全家福祖父母爺奶爸媽妹弟兄姐兒子女孩婚結畢業證學校
小中大院班級同學師生臺台北高雄港基隆南新竹彰化嘉義花蓮東宜蘭屏屏縣市鄉鎮村里街路巷門前樓塔寺廟園林亭宮殿山河湖海江溪橋碼頭港
口西南北春夏秋冬花雪風景影像掃描新資料夾圖相簿冊工廠農民軍隊戰士兵日治時期總督府民國清代車站火鐵輪船電飛機茶館酒店商店鋪戲台
淡水阿里山龍山合照結紀念留遊行集體單人物肖像早期晚典禮運動會節慶廟會稻田育幼功許蓋章攤擺眷村香港九龍澳門灣廣州上海三四五六七
"""


def _letters(text: str) -> str:
    return "".join(dict.fromkeys("".join(text.split())))


_IDEOGRAPHS = {
    "Japanese": _letters(_KANJI + "".join(FREQUENCIES["Japanese"])),
    "Simplified": _letters("".join(FREQUENCIES["Chinese"]) + _SIMPLIFIED),
    "Traditional": _letters(_TRADITIONAL),
    "Korean": _letters(_HANGUL + "".join(FREQUENCIES["Korean"])),
}
_KANA = {
    "hiragana": _letters("".join(FREQUENCIES["Japanese——"])),
    "katakana": _letters("".join(FREQUENCIES["Japanese—"])),
}
# The character set of each, and which of its first bytes hold the characters of daily use.
_LEVELS = {
    "Japanese": ("euc_jp", 0xB0, 0xCF),
    "Simplified": ("gb2312", 0xB0, 0xD7),
    "Traditional": ("big5", 0xA4, 0xC6),
    "Korean": ("euc_kr", 0xB0, 0xC8),
}
LATIN = frozenset(_LATIN)
EAST_ASIAN = frozenset(_LEVELS)


@lru_cache(maxsize=1 << 15)
def surprise(letter: str, language: str) -> float:
    """The bits of a letter that is not ASCII. One that does not belong to the language costs `UNKNOWN` or more."""
    if language in EAST_ASIAN:
        return _of_east_asian(letter, language)
    return _costs(language).get(letter, UNKNOWN)


@lru_cache
def _costs(language: str) -> dict[str, float]:
    """Both cases. An initial in upper case is less frequent than the same letter in lower case."""
    if language in LATIN:
        # Few of a Latin text's letters have an accent, and of these few are frequent.
        lower = {letter: 3.5 + 0.5 * rank for rank, letter in enumerate(_LATIN[language])}
    else:
        known = [letter for letter in FREQUENCIES[language] if not letter.isascii()]
        ranked = _letters("".join(known) + _REST.get(language, ""))
        lower = {letter: 3.0 + 0.2 * rank for rank, letter in enumerate(ranked)}
    upper = {letter.upper(): bits + 1.5 for letter, bits in lower.items() if len(letter.upper()) == 1}
    return upper | lower


def _of_east_asian(letter: str, language: str) -> float:
    if language == "Japanese" and "\u3040" <= letter <= "\u30ff":
        kana = _KANA["hiragana" if letter < "\u30a0" else "katakana"]
        return 5.5 + 0.05 * kana.find(letter) if letter in kana else 10.0
    if language == "Japanese" and "\uff66" <= letter <= "\uff9f":
        return 7.2  # Half-width katakana: one byte.
    rank = _IDEOGRAPHS[language].find(letter)
    if rank >= 0:
        return 5.5 + 0.9 * log2(1 + rank / 8)
    encoding, first, last = _LEVELS[language]
    try:
        stored = letter.encode(encoding)
    except UnicodeEncodeError:
        return 19.0
    if language == "Korean" and not "\uac00" <= letter <= "\ud7a3":
        return 15.5
    return 12.0 if first <= stored[0] <= last else 16.0
