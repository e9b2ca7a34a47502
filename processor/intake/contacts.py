"""Ways of reaching a person: phones, e-mail, WeChat; which of them can be real.

Only the shape is judged. A number nobody answers is for the screener to find out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from processor.intake.counts import Parsed
from processor.intake.text import clean_name, squeeze, visible

# What people write to fill a cell.
_FILLERS = """
    无 没有 暂无 暂缺 缺 空 待定 待补 待补充 后补 后续补充 不详 未知 不知道 不清楚 未提供 不便提供
    不方便 保密 同上 略 见备注 测试 test 电话 手机 手机号 微信 微信号 微信同号 同手机号 同电话 邮箱
    联系方式 联系电话 n/a na none null nil no x xx xxx xxxx / // - -- --- — —— _
    ? ?? ??? * ** *** . 。 0 1 11 123 1234 12345 123456
"""
PLACEHOLDERS = frozenset(_FILLERS.split())
_KNOWN_DUMMIES = frozenset({"13800138000"})  # the operator's own, on every form found in the web
_DUMMY_MAIL = re.compile(
    r"(?:[^@]*@(?:test|xxx*|abc|aaa*)\.[a-z.]+|(?:test|xxx*|abc|aaa*|123|123456|noreply|none|null)@.*)"
)

_MOBILE = re.compile(r"1[3-9]\d{9}")
# Two- and three-digit codes 010, 02x; four-digit codes 03xx-09xx. Local numbers begin with 2-8.
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})([2-8]\d{6,7})")
_SERVICE = re.compile(r"[48]00\d{7}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_MAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}", re.IGNORECASE)
_NAMED_ID = re.compile(
    r"(微信号?|wechat|weixin|vx|wx|v信|qq号?)[:_]?([a-z0-9][a-z0-9_-]{4,19})", re.IGNORECASE
)
_WECHAT = re.compile(r"[a-z][a-z0-9_-]{5,19}", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:-|转|分机|ext\.?|#|\*)(\d{1,6})$", re.IGNORECASE)
_PIECES = re.compile(r"[;,、/|，；／\n]+|\s{2,}|(?<=\d)或|(?<=\d)\s+(?=(?:\+?86)?1\d{10})")
_RUN = re.compile(r"[+(]?\d[\d\-() .—–]*\d")
_NO_DIGIT = re.compile(r"\D")
_POINT_ZERO = re.compile(r"\.0+$")
_LABEL = re.compile(r"^(?:电话|手机号?码?|联系电话|座机|固话|tel|mobile|phone)[:.]?", re.IGNORECASE)
_FOREIGN = re.compile(r"[^\d+\-().转分机ext#*]", re.IGNORECASE)  # no part of a number
_SEPARATORS = re.compile(r"[\s\-()（）;,、/]")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d{1,2}", re.IGNORECASE)
_MASKED = re.compile(r"\d[*xX×＊]{3,}\d")


@lru_cache(maxsize=32_768)
def is_dummy_phone(text: str) -> bool:
    """Is this number made up: 13800000000, 12345678901, 11111111111, 00000000 and the like?"""
    digits = _NO_DIGIT.sub("", squeeze(text))
    if len(digits) < 5:
        return True
    if digits in _KNOWN_DUMMIES:
        return True
    local = digits
    if match := _LANDLINE.fullmatch(digits):
        return _counts_up(match[2])  # 0553-8888888 is a number a hotel pays for
    if len(digits) == 11 and digits[0] == "1":
        local = digits[3:]
    return len(set(local)) == 1 or _counts_up(digits) or _counts_up(digits[::-1])


def _counts_up(digits: str) -> bool:
    """123456…, 0 following 9."""
    return all((int(a) + 1) % 10 == int(b) for a, b in pairwise(digits))


@lru_cache(maxsize=32_768)
def one_phone(text: str) -> str:
    """The canonical form of one phone number, or "": 13812345678, 0553-6812345-801, 400-800-1234.

    Dummies are numbers too; `is_dummy_phone` tells them apart.
    """
    if _MOBILE.fullmatch(text):
        return text
    plain = _LABEL.sub("", _POINT_ZERO.sub("", squeeze(text)))
    plain = plain.replace("—", "-").replace("–", "-")
    if _FOREIGN.search(plain):
        return ""
    extension = ""
    head = plain
    if match := _EXTENSION.search(plain):
        shorter = _NO_DIGIT.sub("", plain[: match.start()])
        if _LANDLINE.fullmatch(shorter) or _SERVICE.fullmatch(shorter):
            extension, head = f"-{match[1]}", plain[: match.start()]
    digits = _NO_DIGIT.sub("", head)
    for prefix in ("0086", "86"):
        rest = digits.removeprefix(prefix)
        if rest != digits and (_MOBILE.fullmatch(rest) or _LANDLINE.fullmatch("0" + rest)):
            digits = rest if _MOBILE.fullmatch(rest) else "0" + rest
            break
    if _MOBILE.fullmatch(digits):
        return digits
    if digits.startswith("0") and _MOBILE.fullmatch(digits[1:]):  # 0 dialled before a mobile
        return digits[1:]
    if match := _LANDLINE.fullmatch(digits):
        return f"{match[1]}-{match[2]}{extension}"
    if _SERVICE.fullmatch(digits):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}{extension}"
    # twelve digits or none of the above: only an evident dummy is still a "number"
    return digits if len(digits) == 11 and is_dummy_phone(digits) else ""


def phone(cell: object) -> Parsed:
    """The text of a phone cell, numbers in canonical form, several joined by 「;」.

    Always a value for a text that may still reach somebody (the gate decides what is usable);
    `phone_scientific` when Excel has lost the digits.
    """
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        return Parsed(None, "phone_unreadable")
    if not isinstance(cell, str):
        if isinstance(cell, float) and not cell.is_integer():
            return Parsed(None, "phone_unreadable")
        digits = str(int(cell))
        # stored as a number, a landline has lost the 0 of its area code
        restored = "" if one_phone(digits) else one_phone("0" + digits)
        if restored:
            return Parsed(restored, "salvaged")
        return Parsed(one_phone(digits) or digits)
    return _phone_text(cell)


@lru_cache(maxsize=32_768)
def _phone_text(text: str) -> Parsed:
    if _MOBILE.fullmatch(text):
        return Parsed(text)
    if _SCIENTIFIC.fullmatch(squeeze(text)):
        return Parsed(None, "phone_scientific")
    pieces = [kept for piece in _PIECES.split(visible(text)) if (kept := clean_name(piece))]
    whole = one_phone(text)
    read = [whole] if whole else [one_phone(piece) or piece for piece in pieces]
    value = ";".join(read)
    changed = _SEPARATORS.sub("", value) != _SEPARATORS.sub("", text)
    return Parsed(value, "salvaged" if changed else "")


@lru_cache(maxsize=32_768)
def methods(text: str) -> tuple[str, ...]:
    """Every way of reaching a person that the text names and that can be real, canonical.

    Phones as `one_phone`, a local number without area code as its digits, e-mail in lower case,
    「微信:name」, 「QQ:number」. Dummies, masked numbers and placeholders are left out.
    """
    if _MOBILE.fullmatch(text):
        return () if is_dummy_phone(text) else (text,)
    found: list[str] = []
    for piece in (text, *_PIECES.split(text)):
        plain = squeeze(piece).replace("：", ":")
        lower = plain.lower()
        if not plain or lower in PLACEHOLDERS or _MASKED.search(plain):
            continue
        found += [
            mail.lower() for mail in _MAIL.findall(plain) if not _DUMMY_MAIL.fullmatch(mail.lower())
        ]
        rest = _MAIL.sub(" ", plain)
        for kind, name in _NAMED_ID.findall(rest):
            number = one_phone(name)
            if number and not is_dummy_phone(number):
                found.append(number)
            elif not number and not _is_dummy_id(name):
                found.append(f"{'QQ' if kind.lower().startswith('qq') else '微信'}:{name.lower()}")
        rest = _NAMED_ID.sub(" ", rest)
        if _WECHAT.fullmatch(rest) and not _is_dummy_id(rest):
            found.append(f"微信:{rest.lower()}")
        for run in [rest, *_RUN.findall(rest)]:
            number = one_phone(run)
            if not number and _LOCAL.fullmatch(_NO_DIGIT.sub("", run)) and len(run) < 12:
                number = _NO_DIGIT.sub("", run)
            if number and not is_dummy_phone(number):
                found.append(number)
    return tuple(dict.fromkeys(found))


def _is_dummy_id(name: str) -> bool:
    plain = name.lower()
    return (
        plain in PLACEHOLDERS
        or len(set(plain)) <= 2
        or plain.startswith(("test", "weixin", "wechat", "abcdef", "qwerty"))
        or (plain.isdigit() and is_dummy_phone(plain))
    )


def usable_contact(text: str) -> bool:
    """Does the text name at least one way of reaching a person that can be real?"""
    return bool(methods(text))


def has_dummy(text: str) -> bool:
    """Does the text hold, among others, a number that cannot be real?"""
    return any(
        is_dummy_phone(number) for piece in _PIECES.split(text) if (number := one_phone(piece))
    )


def is_masked(text: str) -> bool:
    """Does the text hide digits: 138****5678?"""
    return _MASKED.search(squeeze(text)) is not None
