"""Where a patient of a practice can complain (Art. 77 DSGVO): the supervisory authority of its Bundesland."""

AUTHORITIES: dict[str, tuple[str, str]] = {
    "Baden-Württemberg": (
        "Der Landesbeauftragte für den Datenschutz und die Informationsfreiheit Baden-Württemberg",
        "https://www.baden-wuerttemberg.datenschutz.de",
    ),
    "Bayern": ("Bayerisches Landesamt für Datenschutzaufsicht", "https://www.lda.bayern.de"),
    "Berlin": (
        "Berliner Beauftragte für Datenschutz und Informationsfreiheit",
        "https://www.datenschutz-berlin.de",
    ),
    "Brandenburg": (
        "Die Landesbeauftragte für den Datenschutz und für das Recht auf Akteneinsicht Brandenburg",
        "https://www.lda.brandenburg.de",
    ),
    "Bremen": (
        "Die Landesbeauftragte für Datenschutz und Informationsfreiheit der Freien Hansestadt Bremen",
        "https://www.datenschutz.bremen.de",
    ),
    "Hamburg": (
        "Der Hamburgische Beauftragte für Datenschutz und Informationsfreiheit",
        "https://datenschutz-hamburg.de",
    ),
    "Hessen": (
        "Der Hessische Beauftragte für Datenschutz und Informationsfreiheit",
        "https://datenschutz.hessen.de",
    ),
    "Mecklenburg-Vorpommern": (
        "Der Landesbeauftragte für Datenschutz und Informationsfreiheit Mecklenburg-Vorpommern",
        "https://www.datenschutz-mv.de",
    ),
    "Niedersachsen": (
        "Der Landesbeauftragte für den Datenschutz Niedersachsen",
        "https://www.lfd.niedersachsen.de",
    ),
    "Nordrhein-Westfalen": (
        "Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen",
        "https://www.ldi.nrw.de",
    ),
    "Rheinland-Pfalz": (
        "Der Landesbeauftragte für den Datenschutz und die Informationsfreiheit Rheinland-Pfalz",
        "https://www.datenschutz.rlp.de",
    ),
    "Saarland": (
        "Unabhängiges Datenschutzzentrum Saarland",
        "https://www.datenschutz.saarland.de",
    ),
    "Sachsen": (
        "Sächsische Datenschutz- und Transparenzbeauftragte",
        "https://www.datenschutz.sachsen.de",
    ),
    "Sachsen-Anhalt": (
        "Landesbeauftragte für den Datenschutz Sachsen-Anhalt",
        "https://datenschutz.sachsen-anhalt.de",
    ),
    "Schleswig-Holstein": (
        "Unabhängiges Landeszentrum für Datenschutz Schleswig-Holstein",
        "https://www.datenschutzzentrum.de",
    ),
    "Thüringen": (
        "Thüringer Landesbeauftragter für den Datenschutz und die Informationsfreiheit",
        "https://www.tlfdi.de",
    ),
}
# For a Bundesland that is spelled otherwise: the federal authority lists all of them.
EVERY_OTHER = (
    "Datenschutz-Aufsichtsbehörde des Bundeslandes",
    "https://www.bfdi.bund.de/DE/Service/Anschriften/Laender/Laender-node.html",
)


def authority_of(state: str) -> tuple[str, str]:
    """Name and address on the web of a Bundesland's authority."""
    return AUTHORITIES.get(state.strip(), EVERY_OTHER)
