"""What a form says about itself in words: the 填报说明 sheet and docs/forms.md come from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.fields import Field, Form, Kind, Need

HEADINGS = ("位置", "栏目", "是否必填", "填写要求", "可填内容", "示例", "依据条款")

_KINDS = {
    Kind.TEXT: "文字",
    Kind.INTEGER: "整数",
    Kind.NUMBER: "数字",
    Kind.DATE: "日期",
    Kind.MONTH: "年月",
    Kind.DATETIME: "日期时间",
    Kind.PHONE: "电话等联系方式",
}


def guide_rows(form: Form, clauses: Mapping[str, str]) -> list[tuple[str, ...]]:
    """One row a visible column or block label, under `HEADINGS`.

    `clauses` maps a rule key to its clause number in the edition in force; an unknown key shows
    nothing.
    """
    rows: list[tuple[str, ...]] = []
    for place, fields in (("表头", form.block), ("表格", form.fields)):
        for item in fields:
            if item.hidden:
                continue
            clause = clauses.get(item.rule, "")
            rows.append(
                (
                    place,
                    item.heading,
                    need_words(form, item),
                    item.hint,
                    content_words(item),
                    item.example,
                    f"第{clause}条" if clause else "",
                )
            )
    return rows


def need_words(form: Form, item: Field) -> str:
    """Whether the cell must be filled, and when."""
    if item.need is Need.SYSTEM or item.locked:
        return "系统填写"
    if item.need is Need.OPTIONAL:
        return "选填"
    if item.when[0]:
        other = form.field(item.when[0])
        if set(item.when[1]) == set(other.allowed):
            return f"填了{other.heading}的必填"
        values = "".join(f"「{v}」" for v in item.when[1])
        return f"{other.heading}为{values}时必填"
    if item.unless[0]:
        return "必填，直辖市可不填" if item.name == "city" else "必填"
    return "必填，缺则不收" if item.need is Need.GATE else "必填"


def content_words(item: Field) -> str:
    """What may be written: the list, or the kind of value."""
    if not item.allowed:
        return _KINDS[item.kind]
    words = "、".join(item.allowed)
    if item.kind is Kind.CHOICES:
        return f"可多选：{words}"
    return f"{words}，或其他文字" if item.free else words


def intro_words(form: Form, clauses: Mapping[str, str]) -> str:
    """The introduction with its clause numbers. Raises KeyError for a rule without one."""
    return form.intro.format_map(clauses)


def markdown(forms: Iterable[Form], clauses: Mapping[str, str]) -> str:
    """The field tables of the forms as a Markdown document."""
    lines = [
        "# 表单与栏目",
        "",
        "本文由表单定义生成（`python -m processor.workbooks.blank_forms`），请勿手工修改。",
        "空白表单见 `templates/`；带※的为必填。栏目名称须与下表一致，读取时另认下列其他写法。",
        "",
    ]
    for form in forms:
        title = f"{form.title}·{form.sheet}" if form.sheet else form.title
        lines += [f"## {title}", "", intro_words(form, clauses), ""]
        lines += [f"模板版本：{form.version}", ""]
        lines += [_line((*HEADINGS, "其他写法")), _line(("---",) * (len(HEADINGS) + 1))]
        shown = [f for f in (*form.block, *form.fields) if not f.hidden]
        for item, row in zip(shown, guide_rows(form, clauses), strict=True):
            name = f"※{row[1]}" if item.starred else row[1]
            lines.append(_line((row[0], name, *row[2:], "、".join(item.synonyms))))
        lines.append("")
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    escaped = (c.replace("|", "\\|").replace("*", "\\*") for c in cells)
    return "| " + " | ".join(escaped) + " |"
