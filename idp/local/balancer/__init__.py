"""A small HTTP/1.1 balancer before the nodes of one machine: `up --cluster` and the drills use it, nobody else should.

It owns: which node a request goes to, when a node may be sent any, and that no request is read in two ways. It does not
own which path belongs to whom (`tokens.urls` does), and knows neither TLS nor other machines.
"""
