"""A canary: the invented customer of one mailed copy, by which a leaked list names that copy.

Everything follows from a secret of the workspace and the copy's own name, so that a copy sent again
carries the same row. Nobody bears the phone: its first three digits are given to no operator.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Set
from dataclasses import dataclass
from hashlib import sha256

from processor.workspace import Workspace, fsync_folder, place

KEY_FILE = "canary.key"  # under state/
PREFIX = "FB-"  # of a copy's token
PHONE = "154"
_FIRST = (
    "沐珩澜骏晟钰霖翊朔嘉铭睿泓煜宸铂昶旭钧峻弘毅臻逸翰岚瀚韬曜璟琛筠"
    "鼎拓卓恺炜熠昊锦瑾玥颢翎蔚溢沣淳涵霁皓皖楚徽淮滁巢潜琅琊黟歙祁"
)
_LATER = (
    "衡纶沅柏舟川岳桐野屿序禾穆远朗昀溪峤汀崧屹澄砚榆陌蔚棠迅骋腾驰拓"
    "原途基业联创达通捷安信诚立维升辰阳曦林森源润泽沛帆航旗帜冠领尚"
)
_TRADES = (
    *("机电设备", "工程建设", "市政工程", "物业服务", "新材料", "环境科技", "劳务服务"),
    *("园林绿化", "仓储服务", "电力工程", "水务工程", "农业发展", "通信工程", "检测技术"),
    *("装饰工程", "安装工程"),
)
_SURNAMES = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹章苏"
_GIVEN = "晓立建志明文海永国庆春秋云峰丽华敏静宏伟东平新民玉兰长青卫德成祥"
_CONTENTS = (
    "已走访，年内有更新计划，待报批",
    "电话了解，车辆到期更换，预算已列",
    "业务增加，计划添置工作用车",
    "老旧车辆报废后更新，正在询价",
)


_NAMES = re.compile(
    rf"{PREFIX}[0-9A-F]{{10}}|{PHONE}\d{{8}}|DKH\d{{6}}-\d{{4,}}"
    rf"|[\u4e00-\u9fff]{{3}}(?:{'|'.join(_TRADES)})有限公司"
)


def names_in(text: str) -> set[str]:
    """All that could be a token, phone, number or customer of a canary in a text of any length."""
    plain = re.sub(r"\s", "", text).upper()
    return {*_NAMES.findall(plain), *_NAMES.findall(plain.replace("-", ""))}


@dataclass(frozen=True, slots=True)
class Canary:
    """One copy's invented lead. `unit` is the code of the unit or section the copy went to."""

    token: str
    unit: str
    customer: str
    contact: str
    phone: str
    number: str  # 信息编号

    @property
    def marks(self) -> tuple[str, str, str, str]:
        """What the row shows that is its own; a contact alone may be that of another copy too."""
        return (self.customer, self.contact, self.phone, self.number)

    @property
    def names(self) -> tuple[str, str, str, str]:
        """What no other copy has."""
        return (self.token, self.customer, self.phone, self.number)


def secret_of(workspace: Workspace) -> bytes:
    """The workspace's secret, made at its first use. A lost one harms nothing: what was sent stands
    in the record."""
    path = workspace.state / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = os.urandom(32)
    place(path, lambda temporary: _private(temporary, made))
    fsync_folder(path.parent)
    return made


def _private(path: os.PathLike[str], data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def invent(secret: bytes, copy: str, unit: str, month: str, after: int, taken: Set[str]) -> Canary:
    """The canary of a copy, by the copy's own name; token, customer, phone and number are not among
    those `taken`.

    `month` (YYYYMM) is over and holds `after` leads: numbers behind them are never given.
    """
    attempt = 0
    while True:
        found = _draw(secret, f"{copy}|{attempt}", unit, month, after + attempt)
        if taken.isdisjoint(found.names):
            return found
        attempt += 1


def _draw(secret: bytes, seed: str, unit: str, month: str, after: int) -> Canary:
    digest = hmac.new(secret, seed.encode(), sha256).digest()
    whole = int.from_bytes(digest[8:], "big")

    def draw(of: int) -> int:
        nonlocal whole
        whole, rest = divmod(whole, of)
        return rest

    second = _LATER[draw(len(_LATER))]
    third = _LATER.replace(second, "")[draw(len(_LATER) - 1)]
    core = _FIRST[draw(len(_FIRST))] + second + third
    given = "".join(_GIVEN[draw(len(_GIVEN))] for _ in range(2))
    return Canary(
        token=f"{PREFIX}{digest[:5].hex().upper()}",
        unit=unit,
        customer=f"{core}{_TRADES[draw(len(_TRADES))]}有限公司",
        contact=_SURNAMES[draw(len(_SURNAMES))] + given,
        phone=f"{PHONE}{draw(10**8):08d}",
        number=f"DKH{month}-{after + 1 + draw(97 + after):04d}",
    )


def content_of(canary: Canary) -> str:
    """What its 信息内容 says."""
    return _CONTENTS[int(canary.phone) % len(_CONTENTS)]
