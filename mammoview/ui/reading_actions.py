"""Owns the rows of the worklist, the assessment and when the classifier may speak. Never does what they say."""

from __future__ import annotations

from mammoview.ui.action import Action

BIRADS = (
    "incomplete",
    "negative",
    "benign",
    "probably benign",
    "suspicious",
    "highly suggestive of malignancy",
    "known malignancy",
)
DENSITIES = {
    "A": "almost entirely fatty",
    "B": "scattered fibroglandular density",
    "C": "heterogeneously dense",
    "D": "extremely dense",
}

_FINISH = ("Ctrl+Return", "Num+Enter", "Ctrl+Num+Enter")
_KEYPAD_BIRADS = {1: ("Num+1",), 2: ("Num+7",)}
"""What most screening cases end with."""

READING_ACTIONS: tuple[Action, ...] = (
    Action("library", "Studies of the library", "Reading", ("F2",), "toggle_library", "has_library"),
    Action("find", "Find in the library", "Reading", ("Ctrl+F",), "find_study"),
    Action("sort-library", "Library by date, name, state, score in turn", "Reading", ("Shift+F2",), "sort_library"),
    Action("filter-library", "Library: all, not read, in progress, read", "Reading", ("Ctrl+F2",), "filter_library"),
    Action("folders", "Folders of the library…", "Reading", ("Ctrl+Shift+F",), "show_folders"),
    Action("look-again", "Look for new studies", "Reading", ("F5",), "look_again"),
    Action("finish", "Finish and go to the next unread", "Reading", _FINISH, "finish"),
    Action("reopen", "Not read yet", "Reading", ("Ctrl+Shift+Return",), "reopen"),
    Action("reveal", "Show the classifier now", "Reading", ("F3", "Num+*"), "reveal", separate=True),
    Action("reading-mode", "Classifier: after my first look, concurrent, off", "Reading", ("Ctrl+H",), "next_mode"),
    Action("score-ahead", "Score the list ahead", "Reading", ("F7",), "toggle_score_ahead", "is_scored_ahead"),
    Action("operating-point", "Next operating point", "Reading", ("Shift+U",), "next_operating_point"),
    Action("prevalence", "Prevalence at this site…", "Reading", ("Ctrl+Shift+P",), "state_prevalence"),
    Action("free-text", "Free text", "Reading", ("F4",), "edit_text", separate=True),
    Action("export-assessment", "Export assessment", "Reading", ("F6",), "export_assessment"),
    *(
        Action(
            f"birads-{number}",
            f"This breast: BI-RADS {number}, {words}",
            "Reading",
            (f"Alt+{number}",),
            f"birads_{number}",
            separate=not number,
        )
        for number, words in enumerate(BIRADS)
    ),
    *(
        Action(
            f"both-birads-{number}",
            f"Both breasts: BI-RADS {number}",
            "Reading",
            (f"Alt+Shift+{number}", *_KEYPAD_BIRADS.get(number, ())),
            f"both_birads_{number}",
            separate=not number,
        )
        for number in range(len(BIRADS))
    ),
    *(
        Action(
            f"density-{letter.lower()}",
            f"This breast: density {letter}, {words}",
            "Reading",
            (f"Alt+{letter}",),
            f"density_{letter.lower()}",
            separate=letter == "A",
        )
        for letter, words in DENSITIES.items()
    ),
)
