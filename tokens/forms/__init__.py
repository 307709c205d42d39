"""The admin's forms of clients and resources: what is wrong is told by `tokens.clients` and `tokens.resources`, as to
the commands."""

from tokens.forms.client import ClientForm
from tokens.forms.new_client import NewClientForm, new_client_id, new_client_page
from tokens.forms.resource import NewResourceForm, ResourceForm
from tokens.forms.secret import ExpiryForm

__all__ = [
    "ClientForm",
    "ExpiryForm",
    "NewClientForm",
    "NewResourceForm",
    "ResourceForm",
    "new_client_id",
    "new_client_page",
]
