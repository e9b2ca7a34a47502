"""One spelling of a name: width, spaces, brackets, traditional characters, notes, numerals."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_OPEN = "([{【〔﹙｛［〖「『<《"
_CLOSE = ")]}】〕﹚｝］〗」』>》"
_BRACKETS = str.maketrans(_OPEN + _CLOSE, "（" * len(_OPEN) + "）" * len(_CLOSE))
_PLAIN = re.compile(r"[\u4e00-\u9fa5A-Z0-9]+")
_QUOTES = re.compile(
    r"[\s\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\u00ad\"'“”‘’`´*#★☆●■◆※~|·•・]+"
)
_LEAD = re.compile(
    r"^(?:\d{1,4}[、.．)）]|[（]?(?:客户单位全称|客户单位名称|采购单位|客户名称|客户单位|单位名称|单位全称|客户全称|最终用户|客户|单位|名称|用户)[）]?[::：])"
)
_CATEGORY = re.compile(
    r"[-—–_/\\]+(?:企业|事业|政府|公检法|公检法司|出租|租赁|驾校|军警|军警装备|其他|企事业|企事业单位|政府采购)$"
)
_END = re.compile(r"[。．.,，、;；:：!！?？…\-—–_/\\=+]+$")
_TITLE = (
    "经理|总经理|副总|老总|主任|副主任|科长|副科长|处长|局长|队长|校长|院长|书记|主席|所长|站长|部长|厂长|师傅|老师|"
    "先生|女士|小姐|同志|总|工|队|科|主管|会计|秘书|采购"
)
_NOTE = re.compile(
    rf"（(?:[\u4e00-\u9fa5]{{1,3}}(?:{_TITLE})|老客户|新客户|大客户|重点客户|重点|客户|老|新|本部|总部|机关|本级|本级机关|筹|筹建|"
    r"已联系|已拜访|待定|续|续采|复购|意向|潜在|VIP|vip|个人|联系人[^）]*|原[^）]*|原名[^）]*|曾用名[^）]*|简称[^）]*|以下简称[^）]*)）"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "肆": 4,
    "伍": 5,
    "陆": 6,
    "柒": 7,
    "捌": 8,
    "玖": 9,
}
_NUMERAL = "零〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾"
_COUNTED = (
    "人民医院|医院|中医院|附属医院|附属|附院|院|中学|小学|幼儿园|初级中学|高级中学|中|小|高|职|分公司|支公司|"
    "分店|分厂|分院|分局|分校|分部|支队|大队|中队|总队|分队|支行|工程局|工程处|工程公司|航务工程局|航局|公司|"
    "项目部|营业部|勘察设计院|建筑公司|局|处|队|厂|所|监狱|师|团|研究所|设计院|研究院|车队|车间|派出所"
)
_BARE = r"一二三四五六七八九十\d"
_ORDINAL = re.compile(
    rf"第([{_NUMERAL}\d]+?)(?=[八入]民)|第([{_NUMERAL}\d]+)|([{_BARE}]{{1,3}})(?=(?:{_COUNTED}))"
)
_HAS_NUMERAL = re.compile(rf"[{_NUMERAL}\d]")
_NOT_ORDINAL = re.compile(r"^(?:一汽|三一|一拖|一重|二重|百货|百度|一心|三中心|一号店)")


@cache
def simplified() -> dict[int, str]:
    """Traditional character -> simplified, from the character table of zhconv."""
    import json
    from importlib.resources import files

    table = json.loads(files("zhconv").joinpath("zhcdict.json").read_text(encoding="utf-8"))
    return {ord(k): v for k, v in table["zh2Hans"].items() if len(k) == 1 == len(v)}


def number(text: str) -> str:
    """A Chinese or Arabic numeral in Arabic digits, 1 to 999; otherwise as it is."""
    if text.isdigit():
        return str(int(text))
    if not any(c in text for c in "十百拾"):
        return "".join(str(_DIGITS.get(c, c)) for c in text)
    total, digit = 0, -1
    for c in text:
        if c in "十拾":
            total, digit = total + (1 if digit < 0 else digit) * 10, -1
        elif c == "百":
            total, digit = total + (1 if digit < 0 else digit) * 100, -1
        elif c in _DIGITS:
            digit = _DIGITS[c]
        elif c.isdigit():
            digit = int(c)
    return str(total + max(digit, 0))


def normalise(text: str) -> str:
    """标准化客户名: NFKC, no spaces or quotes, （）, simplified characters, no notes."""
    if _PLAIN.fullmatch(text):
        return text.translate(simplified())
    text = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    text = _QUOTES.sub("", text).translate(simplified()).upper()
    if _PLAIN.fullmatch(text):
        return text
    while True:
        before = text
        text = _LEAD.sub("", text)
        text = _NOTE.sub("", text)
        text = _CATEGORY.sub("", text)
        text = _END.sub("", text)
        if text.startswith("（") and text.endswith("）") and text.count("（") == 1:
            text = text[1:-1]
        if text == before or not text:
            return text or before


def numbered(text: str) -> str:
    """Ordinals in digits: 「第一人民医院」, 「一院」 -> 「第1人民医院」, 「第1院」."""

    if not _HAS_NUMERAL.search(text):
        return text

    def replace(match: re.Match[str]) -> str:
        if match.group(3) and _NOT_ORDINAL.match(text[match.start() :]):
            return match.group(0)
        return "第" + number(match.group(1) or match.group(2) or match.group(3))

    return _ORDINAL.sub(replace, text)


def ordinals(text: str) -> tuple[str, ...]:
    """The numbers of a canonical text, in order."""
    return tuple(re.findall(r"\d+", text))
