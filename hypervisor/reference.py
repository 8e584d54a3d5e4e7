"""/docs: the reference as one page, rendered here out of the OpenAPI document, so that it works offline."""

import re
from collections.abc import Iterable, Iterator
from html import escape
from json import dumps
from typing import Any

from hypervisor.problems import PROBLEMS

Json = dict[str, Any]


def render(document: Json) -> str:
    """Return the body of the reference page."""
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return "\n".join(
        (
            _contents(operations),
            *(_operation(document, *row) for row in operations),
            _problems(),
            *(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
        )
    )


def _contents(operations: Iterable[tuple[str, str, Json]]) -> str:
    rows = "".join(
        f'<li><a href="#{escape(operation["operationId"])}"><code>{escape(path)}</code></a> '
        f"{escape(operation['summary'])}</li>"
        for path, _, operation in operations
    )
    return (
        f'<nav aria-label="Routes"><ul>{rows}<li><a href="#problems">Problems</a></li></ul>'
        '<p>Machine-readable: <a href="openapi.json">openapi.json</a></p></nav>'
    )


def _operation(document: Json, path: str, method: str, operation: Json) -> str:
    parameters = "".join(_parameter(one) for one in operation.get("parameters", []))
    answers = "".join(_answer(document, status, one) for status, one in sorted(operation["responses"].items()))
    return (
        f'<section id="{escape(operation["operationId"])}"><h2><code>{method.upper()} {escape(path)}</code></h2>'
        f"<p><strong>{_prose(operation['summary'])}</strong> {_prose(operation.get('description', ''))}</p>"
        + (_table(("Parameter", "Form", "Meaning"), parameters) if parameters else "")
        + _table(("Status", "Answer"), answers)
        + "</section>"
    )


def _parameter(one: Json) -> str:
    name = f"<code>{escape(one['name'])}</code>" + (" (required)" if one.get("required") else "")
    where = "" if one["in"] == "query" else f" in the {one['in']}"
    return _row(name + where, _form(one["schema"]), _prose(one.get("description", "")))


def _prose(text: str) -> str:
    """Return text as HTML; `code` is the only markup known."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _answer(document: Json, status: str, one: Json) -> str:
    text = _prose(one.get("description", ""))
    for media_type, content in one.get("content", {}).items():
        text += f"<br><code>{media_type}</code> {_form(content.get('schema', {}))}"
        example: Any = content.get("example") or _example(document, content.get("schema", {}))
        if example:
            shown = example if isinstance(example, str) else dumps(example, indent=1, ensure_ascii=False)
            text += f'<pre tabindex="0">{escape(shown)}</pre>'
    return _row(status, text)


def _example(document: Json, schema: Json) -> Any:
    name = schema.get("$ref", "").rpartition("/")[2]
    return next(iter(document["components"]["schemas"].get(name, {}).get("examples", [])), None)


def _schema(name: str, schema: Json) -> str:
    members = "".join(
        _row(f"<code>{escape(member)}</code>", _form(form), _prose(form.get("description", "")))
        for member, form in schema.get("properties", {}).items()
    )
    return (
        f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3><p>{_prose(schema.get("description", ""))}</p>'
        + _table(("Member", "Form", "Meaning"), members)
        + "</section>"
    )


def _problems() -> str:
    rows = "".join(
        _row(f"<code>urn:parvis:problem:{slug}</code>", str(row.status), f"{_prose(row.title)}: {_prose(row.when)}")
        for slug, row in PROBLEMS.items()
    )
    return f'<section id="problems"><h2>Problems</h2>{_table(("Type", "Status", "When"), rows)}</section>'


def _form(schema: Json) -> str:
    """Return a short account of a JSON schema."""
    return " or ".join(dict.fromkeys(_forms(schema)))


def _forms(schema: Json) -> Iterator[str]:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        yield f'<a href="#schema-{name}">{name}</a>'
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _forms(one)
    elif "enum" in schema or "const" in schema:
        yield ", ".join(f"<code>{escape(str(value))}</code>" for value in schema.get("enum", [schema.get("const")]))
    elif schema.get("type") == "array":
        yield f"list of {_form(schema.get('items', {})) or 'values'}"
    elif "type" in schema:
        yield escape(str(schema.get("format", schema["type"])))


def _table(heads: Iterable[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
