"""What a run knows to be secret: what its settings hold, and what the environment names so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from pytest_readiness.policy.load import Policy
from pytest_readiness.redact import Redactor, passwords_in

_NAMED = re.compile(
    r"(?i)(?:password|passwd|passphrase|_pass|secret|token|credentials?"
    r"|(?:secret|access|private|api)_?key)$"
)
"""Variables that are named like a secret. ``PWD`` is none, nor is ``TOKENIZERS_PARALLELISM``."""

_SHORTEST = 8
"""Characters of a variable's value that is no word; ``true`` may be called a secret, too."""

_WORD = re.compile(r"[^\W_][\w-]*")


def redactor(policy: Policy, environ: Mapping[str, str]) -> Redactor:
    """Takes out what targets and environment hold; what a report shows anyway stays a word."""
    secrets = [s for t in policy.targets for s in t.settings.secrets()]
    texts = [text for t in policy.targets for text in _texts(t.settings)]
    named = list(_of(environ))
    for command in policy.settings.commands:
        secrets += _of(command.env)
        texts += _without(named, [*command.arguments, *command.env.values()])
    secrets += [found for text in texts for found in passwords_in(text)]
    return Redactor([*secrets, *named], _shown(policy, texts, set(secrets)))


def _without(secrets: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Texts without the secrets that stand in them: `--key=${API_KEY}` makes no word of a key."""
    found = list(texts)
    for secret in secrets:
        # A word that only holds one is none: a database called `orders` hides no `orders-check`.
        form = re.compile(rf"(?<![\w-]){re.escape(secret)}(?![\w-])")
        found = [form.sub(" ", text) for text in found]
    return found


def outer_redactor(environ: Mapping[str, str]) -> Redactor:
    """What can be taken out before there are settings."""
    return Redactor(_of(environ))


def _of(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        found = passwords_in(value) if "://" in value else []
        found += [value] if _NAMED.search(name) else []
        yield from (secret for secret in found if len(secret) >= _SHORTEST)


def _texts(settings: msgspec.Struct) -> list[str]:
    """Every text in a target's settings."""
    return list(_leaves(msgspec.to_builtins(settings)))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from (name, *_leaves(item))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)


def _shown(policy: Policy, texts: Iterable[str], secrets: set[str]) -> set[str]:
    """Words that are read in a report: hosts, users, databases, and what the targets are called."""
    names = [name for t in policy.targets for name in (t.system, t.name, t.settings.address)]
    bare = Redactor()
    # What is left of a URL without its password says whom and where.
    left = [bare.text(text) for text in texts if text not in secrets]
    service = [policy.settings.service] if policy.settings.service else []
    return {word for text in (*names, *left, *service) for word in _WORD.findall(text)}
