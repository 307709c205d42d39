"""What commands say of the steps of a key rotation."""

from tokens.keys.rotation import Step

DONE = {
    "make active": "made {0.kid}, which signs {0.alg}",
    "make next": "made {0.kid}, the next {0.alg} key: it is published and does not sign yet",
    "activate": "{0.kid} signs {0.alg} from now on",
    "withdraw": "{0.kid} signs no more: {0.alg} is not offered any longer; what it signed stays good",
    "retire": "retired {0.kid} ({0.alg}): its private half is destroyed",
    "revoke": "revoked {0.kid} ({0.alg}): its private half is destroyed",
}


def describe(step: Step) -> str:
    return DONE[step.act].format(step)
