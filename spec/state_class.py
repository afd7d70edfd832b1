"""State classes: frozen values that actions may assign to, because an action is handed a draft of them."""

from __future__ import annotations

import functools
from typing import Any, TypeVar, dataclass_transform

import attrs

from clusterproof.errors import SpecError

T = TypeVar("T")

_DISPLAY = "clusterproof display"
_MARK = "__clusterproof_state__"


def field(*, default: Any = attrs.NOTHING, validator: Any = None, display: str | None = None) -> Any:
    """A field with a validator or a display name.

    display: how traces name it, e.g. ".spec.nodeName"; for a Map or Table, the kind of its entries, e.g. "Pod",
    or "." where their ids say it all.
    """
    return attrs.field(default=default, validator=validator, metadata={} if display is None else {_DISPLAY: display})


def display_name(attribute: attrs.Attribute[Any]) -> str | None:
    """The display name that `field` was given."""
    shown: str | None = attribute.metadata.get(_DISPLAY)
    return shown


@dataclass_transform(
    eq_default=False, frozen_default=False, kw_only_default=True, field_specifiers=(attrs.field, field)
)
def state(cls: type[T]) -> type[T]:
    """Make a state class: frozen, hashable and keyword-only; its fields may be assigned in actions.

    Type checkers are told `eq_default=False, frozen_default=False`: that is what both mypy and pyright accept for a
    class that is hashable and yet assignable.
    """
    for base in cls.__mro__:
        for name, member in vars(base).items():
            _refuse_member(f"{cls.__name__}.{name}", name, member, own=base is cls)
    made = attrs.frozen(cls, kw_only=True)
    attributes: tuple[attrs.Attribute[Any], ...] = made.__attrs_attrs__  # type: ignore[attr-defined]
    for attribute in attributes:
        _refuse_field(f"{cls.__name__}.{attribute.name}", attribute)
    setattr(made, _MARK, made)
    return made


def _refuse_member(where: str, name: str, member: object, *, own: bool) -> None:
    """Raise SpecError for what a class may not have, since an action sees a place in the state and not a value."""
    if isinstance(member, functools.cached_property):
        message = f"{where} is a cached_property: it would remember the value of an earlier state.\n"
        raise SpecError(message + "  write @property instead")
    if isinstance(member, (list, dict, set)) and not name.startswith("__"):
        message = f"{where} = {member!r} is mutable and shared by all states.\n"
        raise SpecError(message + "  use a tuple, Map, Table or SetOf")
    if own and name in ("__eq__", "__hash__") and member is not None:
        raise SpecError(f"{where}: states are equal when their fields are.\n  write a method with a name of its own")
    if own and name == "__attrs_post_init__":
        message = f"{where} is not called when an action assigns to a field.\n"
        raise SpecError(message + "  write field(validator=...), or an @always property")


def _refuse_field(where: str, attribute: attrs.Attribute[Any]) -> None:
    if attribute.converter is not None:
        raise SpecError(f"{where} has a converter, which assignments pass by.\n  convert before you assign")
    if not attribute.init or attribute.alias != attribute.name:
        raise SpecError(f"{where} cannot be given to the constructor.\n  write a plain field, without init or alias")


def is_state_class(hint: object) -> bool:
    """Whether a type was made by `state`; anything else is the value of one slot."""
    return isinstance(hint, type) and getattr(hint, _MARK, None) is hint


def evolve(value: T, **changes: Any) -> T:
    """A changed copy of a state value, for tests and initial states; in an action, assign instead."""
    cls = type(value)
    if not attrs.has(cls):
        raise SpecError(f"evolve({value!r}): only @state values can be copied with changes")
    known = {a.name for a in attrs.fields(cls)}
    for name in changes:
        if name not in known:
            raise SpecError(f"{cls.__name__} has no field {name!r} (it has {', '.join(sorted(known))})")
    return attrs.evolve(value, **changes)  # type: ignore[misc]
