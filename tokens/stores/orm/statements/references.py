"""Where a table says what its rows name: `Kind` in SQL. A column of the name, else a path into a column of JSON."""

from django.db.models import F, Model, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import NullIf

from tokens import models
from tokens.stores.base.kinds import Kind

NOTHING = Value(None, output_field=TextField())


def model_of(kind: Kind) -> type[Model]:
    """The model whose name is the kind's."""
    model: type[Model] = getattr(models, kind.name.title().replace("_", ""))
    return model


def reference(kind: Kind, name: str) -> Combinable:
    """What the rows of the kind name under `name`, for example `client_id`."""
    columns = {field.attname for field in model_of(kind)._meta.concrete_fields}
    if name in columns:
        return F(name)
    path = kind.references.get(name)
    return _in_json(path.replace(".", "__")) if path is not None else NOTHING


def _in_json(path: str) -> Combinable:
    """A text within JSON. MariaDB reads a null there as a text, too."""
    return NullIf(KT(path), Value("null", output_field=TextField()), output_field=TextField())
