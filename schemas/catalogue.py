"""All official forms in one place."""

from __future__ import annotations

from schemas.fields import Form


def all_forms() -> tuple[Form, ...]:
    """The fill-in forms, in the order of the contract (the roster's five sheets apart)."""
    from schemas.application import APPLICATION_FORM
    from schemas.contract import CONTRACT_FORM
    from schemas.lead import LEAD_FORM
    from schemas.leaks import LEAK_FORM
    from schemas.rulings import RULING_FORM
    from schemas.screening import SCREENING_FORM
    from schemas.targets import TARGET_FORM

    return (
        LEAD_FORM,
        CONTRACT_FORM,
        APPLICATION_FORM,
        SCREENING_FORM,
        RULING_FORM,
        TARGET_FORM,
        LEAK_FORM,
    )


def form_by_title(title: str) -> Form:
    """The form of that title (a `FormKind` value). Raises KeyError for an unknown one."""
    for form in all_forms():
        if form.title == title:
            return form
    raise KeyError(title)
