"""One way to read, write and change the files of every kind, driven by a table of fields."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from msgspec import Struct

from gtlib import frontmatter
from gtlib import splice
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.frontmatter import Front
from gtlib.model.body import Body
from gtlib.model.sameness import same
from gtlib.model.sameness import same_fields
from gtlib.model.values import Bad
from gtlib.model.values import many
from gtlib.model.values import mapping


def _keep(value: Any, raw: Any) -> Any:
    """A value as it stands in a file; None when it is empty, which is the same as absent."""
    if isinstance(value, tuple):
        return list(value) or None
    return None if value == "" or value is None else value


class Field(NamedTuple):
    """One key of a file. `read(raw)` raises Bad; `write(value, old raw)` gives the new raw value or None.

    Raw values are texts; with `typed` they have the types of JSON.
    """

    key: str
    read: Callable[[Any], Any]
    attr: str = ""
    always: bool = False
    write: Callable[[Any, Any], Any] = _keep
    typed: bool = False

    @property
    def name(self) -> str:
        """The field of the struct; the key when they have one name."""
        return self.attr or self.key


def set_of(key: str, read: Callable[[Any], tuple[str, ...]]) -> Field:
    """A list whose order means nothing: a file's own order is kept, new items are sorted in."""

    def write(value: tuple[str, ...], raw: Any) -> Any:
        present = [raw] if isinstance(raw, str) and raw else raw or []
        return splice.place(present, value) or None

    return Field(key, read, write=write)


def dict_of(
    key: str,
    read_one: Callable[[Any], Any],
    write_one: Callable[[Any, Any], Any] = _keep,
    check_key: Callable[[str], object] = str,
    most: int = 0,
) -> Field:
    """A mapping of at most `most` keys (0: any number); what is unchanged stays as it was written.

    `check_key` raises Bad.
    """

    def write(value: Mapping[str, Any], raw: Any) -> Any:
        old = raw if isinstance(raw, dict) else {}
        made = {
            k: old[k] if k in old and read_one(old[k]) == v else write_one(v, old.get(k))
            for k, v in value.items()
        }
        return {k: v if v is not None else "" for k, v in made.items()} or None

    return Field(key, mapping(read_one, check_key, most), write=write)


class Record:
    """A struct as a mapping inside a file. Keys that it does not know stay in the file."""

    def __init__(self, struct: type[Struct], *fields: Field, required: tuple[str, ...] = ()) -> None:
        self.struct = struct
        self.fields = fields
        self.required = required

    def read(self, raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise Bad("has no keys", "write one `key: value` a line below it, indented")
        values = {}
        for field in self.fields:
            if field.key in raw:
                try:
                    values[field.name] = field.read(raw[field.key])
                except Bad as e:
                    raise Bad(f"has a {field.key} that {e.what}", e.hint, field.key, *e.steps) from None
        for name in self.required:
            if not values.get(name):
                raise Bad(f"has no {name}", f"add `{name}: ...` to it")
        return self.struct(**values)

    def write(self, value: Any, raw: Any) -> Any:
        if value is None:
            return None
        old = raw if isinstance(raw, dict) else {}
        made = dict(old)
        for field in self.fields:
            new = getattr(value, field.name)
            if field.key in old and field.read(old[field.key]) == new:
                continue
            written = field.write(new, old.get(field.key))
            default = (
                self.struct.__struct_defaults__[_index(self.struct, field.name)] if not field.always else ...
            )
            if written is None or (new == default and field.key not in old):
                made.pop(field.key, None)
            else:
                made[field.key] = written
        return made


def _index(struct: type[Struct], name: str) -> int:
    fields, defaults = struct.__struct_fields__, struct.__struct_defaults__
    return fields.index(name) - (len(fields) - len(defaults))


def records(key: str, record: Record, *same: str) -> Field:
    """A list of structs; the fields `same` tell which is which."""

    def write(value: tuple[Any, ...], raw: Any) -> Any:
        old = {tuple(map(one.get, same)): one for one in raw or () if isinstance(one, dict)}
        made = [record.write(one, old.get(tuple(getattr(one, name) for name in same))) for one in value]
        return made or None

    return Field(key, many(record.read), write=write)


class Codec:
    """Files of one kind: YAML front matter by `fields`, then `body`; without one a YAML file as a whole.

    `own` is the key that repeats the name in the path and may be left out.
    """

    def __init__(
        self,
        struct: type[Struct],
        *fields: Field,
        own: str = "",
        required: tuple[str, ...] = (),
        body: Body | None = None,
    ) -> None:
        self.struct = struct
        self.own = own
        self.required = required
        self.body = body
        self.fields = fields
        self._by_key = {field.key: field for field in fields}
        self._text_keys = body.keys if body else {}
        names, defaults = struct.__struct_fields__, struct.__struct_defaults__
        without = (...,) * (len(names) - len(defaults))
        self._defaults: dict[str, Any] = dict(zip(names, without + defaults, strict=True))
        # what was written is read next, and then changed again: a long file need not be read each time
        self._last: tuple[tuple[str, str, str], Any] | None = None

    def parse(self, path: str, text: str, name: str = "") -> Any:
        """The item in the file. `name` is what the path calls it. FileError when something is wrong."""
        last = self._last
        if last is not None and last[0] == (path, text, name):
            return last[1]
        item = self._read(self._front(path, text), name)
        self._last = ((path, text, name), item)
        return item

    def _front(self, path: str, text: str) -> Front:
        if not text.isascii():
            _refuse_halves(path, text)
        return frontmatter.split(path, text) if self.body else frontmatter.load_yaml(path, text)

    def _read(self, front: Front, name: str) -> Any:
        values: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        raws: dict[str, Any] = {}
        for key, raw in front.values.items():
            field = self._by_key.get(key)
            if field is None:
                if key in self._text_keys:
                    raws[key] = raw
                else:
                    extra[key] = front.typed(key)
                continue
            try:
                values[field.name] = field.read(front.typed(key) if field.typed else raw)
            except Bad as e:
                raise FileError(front.path, front.line_of(key, *e.steps), f"{key} {e.what}", e.hint) from None
        self._check_name(front, values, name)
        for key in self.required:
            if not values.get(key):
                raise FileError(
                    front.path, front.line_of(key), f"{key} is missing", f"add a line `{key}: ...`"
                )
        if self.body:
            values.update(self.body.parse(front.path, front.body, front.body_line, raws))
        if extra:
            values["extra"] = extra
        return self.struct(**values)

    def _check_name(self, front: Front, values: dict[str, Any], name: str) -> None:
        if not name:
            return
        if values.setdefault(self.own, name) != name:
            raise FileError(
                front.path,
                front.line_of(self.own),
                f"{self.own} is {values[self.own]!r}, and the file's name says {name!r}",
                f"write `{self.own}: {name}`, or rename the file",
            )

    def render(self, item: Any) -> str:
        """A new file. UserError when a value is not what its key takes."""
        head: dict[str, Any] = {}
        for field in self.fields:
            value = getattr(item, field.name)
            if field.always or value != self._defaults[field.name]:
                head[field.key] = field.write(value, None)
        body, raws = self.body.render(item) if self.body else ("", {})
        head |= {key: raw for key, raw in item.extra.items() if key not in head}
        head |= raws
        made = splice.dump(head) + body if self.body else splice.dump_yaml(head)
        try:
            self.parse("", made)
        except FileError as e:
            # There is no such file yet: the line would send people looking for it.
            raise UserError(e.what.removeprefix(f":{e.line}: "), e.hint) from None
        return made

    def edit(self, path: str, text: str, item: Any, name: str = "") -> str:
        """The text with what differs changed and every other byte kept. FileError when it does not parse."""
        last = self._last
        front = self._front(path, text)
        old = last[1] if last and last[0] == (path, text, name) else self._read(front, name)
        if same_fields(old, item):
            return text
        changes = self._changes(front, old, item)
        head, body = text[: len(text) - len(front.body)], front.body
        if self.body:
            newline = "\r\n" if head.endswith("\r\n") else "\n"
            raws = {key: front.values[key] for key in self._text_keys if key in front.values}
            body, moved = self.body.edit(path, body, newline, raws, old, item)
            changes |= moved
            if body and not head.endswith("\n"):
                head += newline
        made = splice.splice(front, head, changes) + body
        self.parse(path, made, name)
        return made

    def _changes(self, front: Front, old: Any, item: Any) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for field in self.fields:
            value = getattr(item, field.name)
            if not same(getattr(old, field.name), value):
                gone = not field.always and value == self._defaults[field.name]
                changes[field.key] = None if gone else field.write(value, front.values.get(field.key))
        for key in old.extra.keys() | item.extra.keys():
            if not same(old.extra.get(key), item.extra.get(key)):
                changes[key] = item.extra.get(key)
        return changes


def _refuse_halves(path: str, text: str) -> None:
    """Bytes that were no UTF-8 stand as half characters in a text; no file can hold them."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as e:
        line = text.count("\n", 0, e.start) + 1
        raise FileError(path, line, "this is not UTF-8 text", "write it in UTF-8") from None
