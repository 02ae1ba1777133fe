"""`python -m tests.translations`: take up the program's new texts, and make the files that the window loads."""

from __future__ import annotations

from tests.translations.words import all_languages, messages, release, ts_file, update

for language in all_languages():
    path = ts_file(language)
    update(language, path)
    release(language)
    found = list(messages(path))
    print(f"{path.name}: {len(found)} texts, {sum(not message.finished for message in found)} not translated")
