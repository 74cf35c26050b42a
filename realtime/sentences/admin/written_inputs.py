"""Inputs that are written without a template, for forms with thousands of them."""

from html import escape
from typing import Any

from django import forms
from django.utils.safestring import mark_safe


class WrittenOut:
    """Writes an input without a template: a list of five hundred has three thousand of them.

    What all inputs of a widget have in common is written once; no widget outlives its request.
    """

    _same: str | None = None

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        widget: Any = self
        if self._same is None:
            self._same = _written({**widget.attrs, "type": widget.input_type})
        own = {**(attrs or {}), "name": name}
        if widget.input_type == "checkbox":
            own["checked"] = bool(value)
        elif (text := widget.format_value(value)) is not None:
            own["value"] = text
        return mark_safe(f"<input{self._same}{_written(own)}>")  # noqa: S308 - escaped there


def _written(attributes: dict[str, Any]) -> str:
    said = (
        f" {key}" if one is True else f' {key}="{escape(str(one))}"'
        for key, one in attributes.items()
        if one is not False and one is not None
    )
    return "".join(said)


class TextCell(WrittenOut, forms.TextInput): ...


class NumberCell(WrittenOut, forms.NumberInput): ...


class HiddenCell(WrittenOut, forms.HiddenInput): ...


class TickCell(WrittenOut, forms.CheckboxInput): ...
