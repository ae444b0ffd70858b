"""The proof file: one contact's consent for somebody who trusts neither Roger nor the practice (C-18).

dossier.py       what it says, as data: entries, texts, the signed head, ways to its root
document.py      the PDF/A-3 around it (document.typ)
verify_proof.py  the stand-alone verifier; imports nothing of Roger
"""
