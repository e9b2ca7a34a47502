"""The shape of a mail: what programs read of it, whatever its parts hold."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from processor.mail import addresses
from processor.mail_chart import WIDTH, picture
from processor.mail_content import (
    Attachment,
    Bar,
    Part,
    compose,
    html_body,
    parts_from_json,
    parts_to_json,
    plain_body,
    subject_of,
)

NOW = datetime(2026, 11, 3, 9)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
parts = st.builds(
    Part,
    words,
    words,
    st.tuples(words),
    st.tuples(words, words),
    st.lists(st.tuples(words, words), max_size=3).map(tuple),
    st.lists(
        st.builds(Bar, words, st.tuples(st.tuples(words, st.integers(0, 10**6))), words), max_size=3
    ).map(tuple),
    st.lists(st.builds(Attachment, words, words, words, words, words), max_size=2).map(tuple),
    words,
)


def made(chosen: tuple[Part, ...], *, draft: bool = False) -> tuple[bytes, EmailMessage]:
    data = compose(
        chosen,
        message_id="0123abcd@example.com",
        subject="主题 " * 30,
        sender="大客户部 <batch@example.com>",
        recipient="a@example.com",
        when=NOW,
        files=(("甄别反馈表_2026-11-03.xlsx", b"PK\x03\x04" + bytes(range(256))),),
        notes=("甄别反馈表_2026-11-03.xlsx",),
        draft=draft,
    )
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return data, message


@given(st.lists(parts, max_size=3).map(tuple))
def test_parts_survive_the_ledger(chosen: tuple[Part, ...]) -> None:
    assert parts_from_json(parts_to_json(chosen)) == chosen


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


@given(st.lists(parts, max_size=2).map(tuple))
def test_submitted_text_is_never_html(chosen: tuple[Part, ...]) -> None:
    reader = _Tags()
    reader.feed(html_body(chosen, ("<script>alert(1)</script>",)))
    known = {"html", "head", "meta", "body", "p", "h3", "table", "tr", "td", "th", "ul", "li"}
    assert reader.tags <= known | {"span"}


@settings(deadline=None)  # a picture takes as long as the machine is busy
@given(st.lists(parts, min_size=1, max_size=2).map(tuple))
def test_any_text_makes_a_mail(chosen: tuple[Part, ...]) -> None:
    data, message = made(chosen)
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert data.isascii()
    assert message["To"] == "a@example.com"
    assert [p.get_filename() for p in message.iter_attachments()] == ["甄别反馈表_2026-11-03.xlsx"]


def test_the_same_mail_is_the_same_bytes() -> None:
    part = Part("回执 1 份", "回执", ("一行",))
    assert made((part,))[0] == made((part,))[0]
    draft, sent = made((part,), draft=True)[1], made((part,))[1]
    assert draft["X-Unsent"] == "1" and sent["X-Unsent"] is None
    assert draft["Message-ID"] == sent["Message-ID"] == "<0123abcd@example.com>"
    (attachment,) = sent.iter_attachments()
    assert attachment.get_content() == b"PK\x03\x04" + bytes(range(256))


def test_both_bodies_say_the_same() -> None:
    part = Part(
        "s", "标题", ("一行",), ("甲", "乙"), (("1", "2<b>"),), (Bar("部门", (("有效", 3),)),)
    )
    plain, rich = plain_body((part,), ("附件名",)), html_body((part,), ("附件名",))
    for word in ("标题", "一行", "甲", "乙", "部门", "有效", "附件名"):
        assert word in plain and word in rich
    assert "2<b>" in plain and "2&lt;b&gt;" in rich


@pytest.mark.parametrize(("count", "shown", "more"), [(60, 60, 0), (61, 60, 1), (200, 60, 140)])
def test_long_tables_are_cut_and_say_so(count: int, shown: int, more: int) -> None:
    rows = tuple((f"第{n}行", "") for n in range(count))
    body = plain_body((Part("s", "t", (), ("a", "b"), rows),), ())
    assert body.count("第") == shown
    assert (f"另有 {more} 行" in body) == bool(more)


def test_bars_are_in_proportion() -> None:
    bars = (Bar("甲", (("有效", 10), ("无效", 0))), Bar("乙", (("有效", 5), ("无效", 5))))
    rich = html_body((Part("s", "t", bars=bars),), ())
    assert rich.count('width="320"') == 1 and rich.count('width="160"') == 2


def test_no_bars_from_nothing() -> None:
    assert "bgcolor" not in html_body((Part("s", "t", bars=(Bar("甲", (("有效", 0),)),)),), ())


BARS = (
    Bar("华东营销部", (("有效", 14), ("无效", 3), ("待甄别", 2)), "完成率 120.0%"),
    Bar("<b>\n一个名称特别长特别长特别长特别长特别长特别长的部门", (("有效", 0), ("无效", 1))),
)


def _shape(message: EmailMessage) -> list[str]:
    return [p.get_content_type() for p in message.walk()]


def test_the_chart_is_a_picture_inside_the_mail() -> None:
    part = Part("s", "通报", bars=BARS, chart="各部门本月信息构成（条）")
    if picture(BARS, part.chart) is None:
        pytest.skip("no Chinese font on this machine")
    message = made((part, Part("s", "别的")), draft=True)[1]
    assert _shape(message) == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "multipart/related"),
        *("text/html", "image/png"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
    body = message.get_body(("html",))
    assert body is not None and "bgcolor" not in (rich := body.get_content())
    shown = next(p for p in message.walk() if p.get_content_type() == "image/png")
    assert f'src="cid:{shown["Content-ID"][1:-1]}"' in rich
    assert shown.get_content_disposition() == "inline"
    # who cannot see it reads it
    assert 'alt="各部门本月信息构成（条）；华东营销部：有效 14，无效 3，待甄别 2（完成率' in rich
    assert [p.get_filename() for p in message.iter_attachments()] == ["甄别反馈表_2026-11-03.xlsx"]
    assert made((part,))[0] == made((part,))[0]


def test_the_picture_tells_its_segments_apart_without_colour() -> None:
    inked = []
    for word in ("有效", "无效", "待甄别"):
        data = picture((Bar("甲", ((word, 5),)),), "图")
        if data is None:
            pytest.skip("no Chinese font on this machine")
        grey = Image.open(BytesIO(data)).convert("L")
        assert grey.width == 2 * WIDTH
        bar = grey.crop((200, grey.height // 2, 1000, grey.height))
        inked.append(sum(bar.histogram()[:160]))
    full, hatched, hollow = inked
    assert full > 2 * hatched > 4 * hollow > 0


def test_without_a_chinese_font_the_bars_stay_a_table() -> None:
    message = email.message_from_bytes(
        compose(
            (Part("s", "通报", bars=BARS, chart="各部门本月信息构成（条）"),),
            message_id="1@example.com",
            subject="s",
            sender="",
            recipient="a@example.com",
            when=NOW,
            files=(),
            notes=(),
            draft=True,
            fonts=(("没有这个字体.ttf", 0),),
        ),
        policy=email.policy.default,
    )
    assert _shape(message) == ["multipart/alternative", "text/plain", "text/html"]
    body = message.get_body(("html",))
    assert body is not None and 'bgcolor="' in body.get_content()
    assert "各部门本月信息构成（条）" in body.get_content()


def test_subject() -> None:
    both = (Part("回执 2 份", ""), Part("待甄别 5 条", ""))
    assert subject_of(both, NOW) == "大客户信息：回执 2 份、待甄别 5 条（2026-11-03）"


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("", []),
        ("无", []),
        ("a@b.cn", ["a@b.cn"]),
        (" a@b.cn ; c@d.com.cn", ["a@b.cn", "c@d.com.cn"]),
        ("a@b.cn、王明", ["a@b.cn"]),
        ("王明<a@b.cn>", []),  # not one: better none than a wrong one
        ("a@b", []),
        ("a@@b.cn", []),
        ("a@b.cn\r\nBcc: x@y.cn", ["a@b.cn", "x@y.cn"]),  # two addresses, never a header
        ("王明@b.cn", []),
    ],
)
def test_addresses_of_a_cell(cell: str, found: list[str]) -> None:
    assert addresses(cell) == found
