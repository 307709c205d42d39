"""The attackers of the FAPI 2.0 Attacker Model: each is met by a test at least, in which they get nothing."""

ATTACKERS = {
    "attacker web": (
        "anybody with a site of their own",
        "sends people to us, and forms of theirs by people's browsers",
    ),
    "attacker client": ("one that joined as a client", "shows what is another client's"),
    "attacker network": ("who controls the network", "reads and changes whatever is not https"),
    "attacker request": ("who reads authorization requests", "knows challenge, state and nonce"),
    "attacker response": ("who reads authorization responses", "knows a code"),
    "attacker token endpoint": ("to whose token endpoint a client was led", "has what was meant for ours"),
    "attacker resource": ("who reads requests to APIs", "has an access token"),
}
