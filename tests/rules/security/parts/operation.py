"""Operation."""

PARTS = {
    "S76": {
        "issuer": "the issuer comes from configuration",
        "links": "so do links that are sent",
        "hops": "forwarded headers only from trusted hops",
    },
    "S77": {
        "logs": "in logs: code, token, secret",
        "people": "in logs: password, cookie",
        "server": "in the web server's own lines",
        "errors": "in error pages and answers",
        "labels": "in labels of metrics",
        "Referer": "in the Referer",
        "traces": "in traces",
    },
    "S78": {
        "body": "of a body",
        "count": "how many parameters",
        "length": "how long a parameter",
        "scopes": "how many scopes",
        "depth": "how deep JSON",
        "garbage": "garbage is 4xx JSON",
    },
}
