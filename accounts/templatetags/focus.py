"""Where one types first."""

from django import forms, template

register = template.Library()


@register.simple_tag
def focus(form: forms.BaseForm, unfocused: bool = False) -> str:
    """Gives the field that is to be mended the focus, else the first that is empty, else the first; `unfocused`: a page
    has more to say before that one, and a browser would scroll past it."""
    fields = [field for field in form.visible_fields() if field.widget_type != "checkbox"]
    wrong = [field for field in fields if field.errors]
    first = [] if unfocused else [*(field for field in fields if not field.value()), *fields]
    for field in (*wrong, *first)[:1]:
        field.field.widget.attrs["autofocus"] = True
    return ""
