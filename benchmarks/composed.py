"""Composed leads for the matching benchmark: real places, invented brands, trades and authorities.

Seeded and without any data file, so that every machine measures the same rows; contacts and phones
are invented.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from processor.matching.gazetteer import gazetteer, short
from processor.matching.judge import Party

_SYLLABLES = (
    "安宝博昌长畅成诚驰川达大丹德顶东帆方飞丰峰福富刚高冠光广国海汉豪浩和恒弘宏鸿华环辉汇惠吉佳嘉建江杰捷金锦京晶"
    "景聚君俊凯康科坤兰乐力利联亮林龙隆路绿茂美明铭南能鹏平普启奇千乾强庆泉群仁荣融瑞润森山尚申升盛胜世顺思泰腾天"
    "通同万旺威伟文祥翔祥欣新鑫信星兴雄旭雅亚阳耀业益永勇优友裕誉元源远悦跃云运泽振正志智中众洲卓子"
)
_TRADES = (
    *("汽车租赁", "出租汽车", "驾驶员培训", "物流", "商贸", "科技", "建筑工程", "电子商务"),
    *("物业管理", "文化传媒", "医药", "食品", "装饰工程", "信息技术", "机械设备", "环保科技"),
    *("农业开发", "运输", "旅游客运", "供应链管理", "融资租赁", "置业", "园林绿化", "劳务派遣"),
    *("保安服务", "餐饮管理", "能源", "化工", "纺织", "新材料"),
)
_LEGAL = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_BODIES = (
    *("公安局", "财政局", "教育局", "民政局", "司法局", "税务局", "人民法院", "人民检察院"),
    *("人民政府", "水利局", "农业农村局", "交通运输局", "卫生健康委员会", "市场监督管理局"),
    *("城市管理局", "审计局", "统计局", "应急管理局", "自然资源局", "第一人民医院", "中医院"),
    *("妇幼保健院", "第一中学", "第二中学", "实验小学", "供电公司", "公安局交通警察大队"),
    *("消防救援大队", "机关事务管理局", "疾病预防控制中心", "档案馆", "融媒体中心"),
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅"

Row = tuple[str, str, str, str, str, str]


def _places() -> list[tuple[str, str, str]]:
    table = gazetteer()
    found = []
    for code, spot in table.spots.items():
        if spot.city:
            county = table.names[code] if spot.county else ""
            found.append((table.names[spot.province], table.names[spot.city], county))
    return sorted(found)


def leads(count: int, seed: int = 1) -> Iterator[tuple[str, Party]]:
    """`count` leads with who they are; two thirds companies, one third institutions."""
    rng = random.Random(seed)
    places = _places()
    for _ in range(count):
        province, city, county = rng.choice(places)
        if rng.random() < 0.67:
            name, who = _company(rng, province, city)
        else:
            name, who = _body(rng, city, county)
        yield who, _party(rng, name, province, city, county)


def _company(rng: random.Random, province: str, city: str) -> tuple[str, str]:
    brand = "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 2, 2, 3, 3, 4))))
    trade, legal = rng.choice(_TRADES), rng.choice(_LEGAL)
    place = rng.choice((city, short(city), short(city), short(province)))
    who = f"{short(city)}{brand}{trade}"
    if rng.random() < 0.1:
        return f"{brand}（{short(city)}）{trade}{legal}", who
    return f"{place}{brand}{trade}{legal}", who


def _body(rng: random.Random, city: str, county: str) -> tuple[str, str]:
    body = rng.choice(_BODIES)
    who = f"{city}{county}{body}"
    if county and rng.random() < 0.4:
        return f"{city}{county}{body}", who
    return f"{county or city}{body}", who


def _party(rng: random.Random, name: str, province: str, city: str, county: str) -> Party:
    contact = rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2))))
    phone = f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"
    return Party(
        name,
        province,
        city,
        county,
        "企事业单位",
        contact,
        phone,
        f"{city}人民路{rng.randrange(999)}号",
    )


def incoming(
    base: list[tuple[int, Party]], fresh: list[Party], seed: int = 2
) -> list[tuple[Party, int]]:
    """New reports in random order: `base` in other words (with its number), `fresh` ones (0)."""
    rng = random.Random(seed)
    rows = [(_reworded(rng, party), number) for number, party in base]
    rows += [(party, 0) for party in fresh]
    rng.shuffle(rows)
    return rows


_WORDINGS = (
    ("有限责任公司", "有限公司"),
    ("股份有限公司", "股份公司"),
    ("出租汽车", "出租"),
    ("驾驶员培训", "驾校"),
    ("汽车租赁", "租车"),
    ("人民法院", "法院"),
    ("人民检察院", "检察院"),
    ("人民政府", "政府"),
    ("交通警察", "交警"),
    ("第一人民医院", "一院"),
    ("第一中学", "一中"),
    ("市场监督管理局", "市监局"),
    ("卫生健康委员会", "卫健委"),
    ("疾病预防控制中心", "疾控中心"),
    ("（", "("),
    ("市", ""),
)


def _reworded(rng: random.Random, party: Party) -> Party:
    name = party.name
    for old, new in rng.sample(_WORDINGS, len(_WORDINGS)):
        if old in name[2:]:
            head, tail = name[:2], name[2:]
            name = head + tail.replace(old, new, 1)
            break
    if rng.random() < 0.15:
        name = f"客户：{name} "
    return Party(
        name, short(party.province), party.city, party.county, party.category, party.contact,
        party.phone if rng.random() < 0.65 else "", party.address,
    )  # fmt: skip
