"""Finds plugins by entry point, loads only those that the settings name, and keeps why one is not usable.

pluggy registers and checks a plugin's hook; walking the entry points is done here, because pluggy's own loader
imports everything that is installed, knows no allow-list, lets a twin win by chance and stops at the first
broken one. A loaded plugin runs with all of the gateway's rights: installing is trusting.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, TypeVar

import pluggy

from hocba_core import hookspecs
from hocba_core.errors import PluginBroken
from hocba_core.portal import PortalConnector
from hocba_core.provider import SigningProvider

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Registry:
    """What could be loaded, and for each name that could not, why."""

    providers: Mapping[str, type[SigningProvider]] = field(default_factory=dict)
    portals: Mapping[str, type[PortalConnector]] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    """Key -> reason, in words for an operator."""
    distributions: Mapping[str, str] = field(default_factory=dict)
    """Key -> name and version of the distribution that it came from, for pages and support."""

    def provider(self, key: str) -> type[SigningProvider]:
        """Raises PluginBroken when that plugin is not usable."""
        return self._one(self.providers, key)

    def portal(self, key: str) -> type[PortalConnector]:
        """Raises PluginBroken when that plugin is not usable."""
        return self._one(self.portals, key)

    def and_also(self, other: Registry) -> Registry:
        """This one and another kind's in one value."""
        return Registry(
            providers={**self.providers, **other.providers},
            portals={**self.portals, **other.portals},
            broken={**self.broken, **other.broken},
            distributions={**self.distributions, **other.distributions},
        )

    def demand_all(self) -> Registry:
        """Where nothing may be lacking. Raises PluginBroken for the first broken plugin."""
        for key, reason in self.broken.items():
            raise PluginBroken(plugin=key, reason=reason)
        return self

    def _one(self, found: Mapping[str, type[T]], key: str) -> type[T]:
        if key not in found:
            raise PluginBroken(plugin=key, reason=self.broken.get(key, "the settings do not name it"))
        return found[key]


def load_providers(keys: Iterable[str]) -> Registry:
    """The signing providers of these names. Imports no other plugin and raises nothing."""
    found, broken, sources = _load(hookspecs.PROVIDER_GROUP, "provider", SigningProvider, keys)
    return Registry(providers=found, broken=broken, distributions=sources)


def load_portals(keys: Iterable[str]) -> Registry:
    """The portal connectors of these names. Imports no other plugin and raises nothing."""
    found, broken, sources = _load(hookspecs.PORTAL_GROUP, "portal", PortalConnector, keys)
    return Registry(portals=found, broken=broken, distributions=sources)


def _points(group: str) -> Mapping[str, list[EntryPoint]]:
    points: dict[str, list[EntryPoint]] = defaultdict(list)
    for point in entry_points(group=group):
        points[point.name].append(point)
    return dict(sorted(points.items()))


def _source(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "unknown distribution"


def _load(
    group: str, kind: str, contract: type, keys: Iterable[str]
) -> tuple[Mapping[str, Any], Mapping[str, str], Mapping[str, str]]:
    points = _points(group)
    found: dict[str, Any] = {}
    broken: dict[str, str] = {}
    sources: dict[str, str] = {}
    for key in dict.fromkeys(keys):
        candidates = points.get(key, [])
        if not candidates:
            broken[key] = f"not installed: no distribution offers {key!r} in {group}"
        elif len(candidates) > 1:
            names = " and ".join(sorted(_source(point) for point in candidates))
            broken[key] = f"offered twice, by {names}: uninstall one of them"
        else:
            sources[key] = _source(candidates[0])
            try:
                found[key] = _class_of(candidates[0], kind, contract)
            except _NotUsable as error:
                broken[key] = f"{sources[key]}: {error}"
    return MappingProxyType(found), MappingProxyType(broken), MappingProxyType(sources)


class _NotUsable(Exception):
    """The reason, in words."""


def _class_of(point: EntryPoint, kind: str, contract: type) -> type:
    try:
        module = point.load()
    except (Exception, SystemExit) as error:  # a plugin's import may do anything; it must not stop the others
        raise _NotUsable(f"{point.value} cannot be imported: {type(error).__name__}: {error}") from error
    hook = f"hocba_register_{kind}"
    manager = pluggy.PluginManager(hookspecs.PROJECT)  # one each, so that a fault is named its owner's
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module, name=point.name)
        manager.check_pending()
        answers = getattr(manager.hook, hook)()
    except Exception as error:
        raise _NotUsable(f"its hook failed: {type(error).__name__}: {error}") from error
    if not answers:
        raise _NotUsable(f"{point.value} has no {hook}() marked @hookimpl, or it returned nothing")
    return _checked(answers[0], point.name, contract)


def _checked(answer: object, key: str, contract: type) -> type:
    if not (inspect.isclass(answer) and issubclass(answer, contract)):
        raise _NotUsable(f"it registered {answer!r}, which is not a {contract.__name__}")
    if missing := sorted(getattr(answer, "__abstractmethods__", ())):
        raise _NotUsable(f"{answer.__name__} lacks {', '.join(missing)}")
    own = getattr(answer, "key", None)
    if own != key:
        raise _NotUsable(f"its entry point is {key!r} but {answer.__name__}.key is {own!r}")
    if not getattr(answer, "title", ""):
        raise _NotUsable(f"{answer.__name__} has no title")
    return answer
