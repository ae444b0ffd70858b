"""What people read who have to agree anew because the text changed (C-06). German binds."""

# Before text C, whose button renews `organisation`.
CHANGED = {
    "de": "Unser Text zur Einwilligung hat sich geändert. Bitte lesen Sie ihn und entscheiden Sie neu.",
    "en": "Our consent text has changed. Please read it and decide again.",
    "tr": "Onay metnimiz değişti. Lütfen okuyun ve yeniden karar verin.",
    "ar": "تغيّر نص الموافقة لدينا. يُرجى قراءته واتخاذ القرار من جديد.",
    "ru": "Текст нашего согласия изменился. Пожалуйста, прочитайте его и решите заново.",
    "uk": "Текст нашої згоди змінився. Будь ласка, прочитайте його і вирішіть знову.",
    "pl": "Treść naszej zgody się zmieniła. Prosimy ją przeczytać i zdecydować ponownie.",
}
# Where `organisation` still holds, so that we may write: the page with all choices.
CHOOSE_AGAIN = {
    "de": "Unser Text zur Einwilligung hat sich geändert. Für „{purposes}“ brauchen wir Ihre Zustimmung neu, "
    "wenn Sie das weiter möchten: {url} Ihre Termine bleiben bestehen.",
    "en": "Our consent text has changed. For “{purposes}” we need your agreement again, if you still want it: {url} "
    "Your appointments stay as they are.",
    "tr": "Onay metnimiz değişti. “{purposes}” için, devam etmek isterseniz, onayınıza yeniden ihtiyacımız var: {url} "
    "Randevularınız geçerliliğini korur.",
    "ar": "تغيّر نص الموافقة لدينا. نحتاج إلى موافقتك من جديد على «{purposes}» إذا كنت ترغب في ذلك: {url} "
    "تبقى مواعيدك كما هي.",
    "ru": "Текст нашего согласия изменился. Для «{purposes}» нам снова нужно ваше согласие, если вы этого хотите: "
    "{url} Ваши записи на приём остаются в силе.",
    "uk": "Текст нашої згоди змінився. Для «{purposes}» нам знову потрібна ваша згода, якщо ви цього бажаєте: {url} "
    "Ваші записи на прийом залишаються чинними.",
    "pl": "Treść naszej zgody się zmieniła. Na „{purposes}” potrzebujemy ponownie Państwa zgody, jeśli nadal Państwo "
    "tego chcą: {url} Państwa wizyty pozostają bez zmian.",
}
