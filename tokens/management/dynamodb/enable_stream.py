"""`dynamodb enable-stream`: gives each table a stream of new and old images."""

from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.verbs import Answer, Typed, Verb
from tokens.stores.dynamodb.operating import tables_there

SET = "set IDP_DYNAMODB_STREAM=true too: tables that are made later have one then, and `status` looks at it"


def _enable_stream(typed: Typed) -> Answer:
    with tables_there() as there:
        enabled = there.enable_stream()
    lines = [f"{name} has a stream now" for name in enabled] or ["all tables had one"]
    return Answer(lines=lines, value=enabled, remarks=[] if dynamodb().stream else [SET])


VERB = Verb(
    help="switch on streams of new and old images; one of another view is switched off first, and begins anew",
    run=_enable_stream,
)
