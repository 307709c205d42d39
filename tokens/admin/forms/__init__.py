"""The admin's forms of clients and resources: `tokens.registration` says what is wrong, as it does to the commands."""

from tokens.admin.forms.client import ClientForm
from tokens.admin.forms.new_client import NewClientForm, new_client_id, new_client_page
from tokens.admin.forms.resource import NewResourceForm, ResourceForm
from tokens.admin.forms.secret import ExpiryForm

__all__ = [
    "ClientForm",
    "ExpiryForm",
    "NewClientForm",
    "NewResourceForm",
    "ResourceForm",
    "new_client_id",
    "new_client_page",
]
