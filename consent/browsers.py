"""The family of a browser, as evidence of a consent may hold it (section 2.4); never a version."""

# The first that is found counts: most browsers name those they descend from as well.
FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def family_of(user_agent: str) -> str:
    """ "Firefox", "Safari", …; "other" for what we do not know, "" for none."""
    if not user_agent:
        return ""
    return next((family for sign, family in FAMILIES if sign in user_agent), "other")
