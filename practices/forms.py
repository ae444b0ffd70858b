"""What people type to log in."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(forms.Form):
    """The first step. Any 254 characters are taken as an e-mail: what exists is not told here."""

    username = forms.CharField(max_length=254)
    password = forms.CharField(max_length=1024, strip=False)

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class CodeForm(forms.Form):
    """The second step. Apps show the code in groups, so blanks are taken out."""

    otp_token = forms.CharField(max_length=20)

    def clean_otp_token(self) -> str:
        code = "".join(str(self.cleaned_data["otp_token"]).split())
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            raise forms.ValidationError(_("Der Code besteht aus sechs Ziffern."))
        return code
