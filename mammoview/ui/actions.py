"""Owns the list of everything a reader can do: one row each.

Menus, shortcuts, tooltips, the keys sheet and the README's key table come from it. Needs no application:
`python -m mammoview.ui.actions` prints the table.
"""

from __future__ import annotations

from mammoview.ui.action import Action
from mammoview.ui.archive_commands import ARCHIVE_ACTIONS
from mammoview.ui.dicom_commands import DICOM_ACTIONS
from mammoview.ui.keypad_commands import HELP_ACTIONS, SCORE_ACTIONS
from mammoview.ui.overlaid_commands import OVERLAID_ACTIONS
from mammoview.ui.reading_actions import READING_ACTIONS
from mammoview.ui.step_commands import STEP_ACTIONS
from mammoview.ui.tool_commands import TOOL_ACTIONS

MENUS = ("File", "Study", "Reading", "View", "Tools", "Grey levels", "Heat map", "Tomosynthesis", "Help")


_PLAIN: tuple[Action, ...] = (
    Action("open-files", "Open files", "File", ("Ctrl+O",), "open_files"),
    Action("open-folder", "Open folder", "File", ("Ctrl+Shift+O",), "open_folder"),
    Action("open-demo", "Open demonstration study", "File", ("Ctrl+D",), "open_demo"),
    *ARCHIVE_ACTIONS,
    Action("cancel", "Cancel what is loading", "File", ("Esc",), "cancel"),
    Action("export-view", "Export this view", "File", ("Ctrl+S",), "export_view", separate=True),
    Action("export-hang", "Export all views", "File", ("Ctrl+Shift+S",), "export_hang"),
    Action("copy-view", "Copy this view as seen", "File", ("Ctrl+C",), "copy_view"),
    Action("copy-hang", "Copy all views as seen", "File", ("Ctrl+Shift+C",), "copy_hang"),
    *DICOM_ACTIONS,
    Action("refused", "Files that were refused", "File", ("Ctrl+E",), "show_refused", separate=True),
    Action("memory", "Memory limit…", "File", ("Ctrl+M",), "set_memory_limit"),
    Action("close-studies", "Close all studies", "File", ("Ctrl+W",), "close_studies"),
    Action("quit", "Quit", "File", ("Ctrl+Q",), "quit"),
    Action("next-study", "Next study", "Study", ("PgDown",), "next_study"),
    Action("previous-study", "Previous study", "Study", ("PgUp",), "previous_study"),
    Action("prior", "Current and prior in turn", "Study", ("P",), "prior"),
    Action("next-pane", "Next view", "Study", ("Tab", "Num+0"), "next_pane", separate=True),
    Action("previous-pane", "Previous view", "Study", ("Shift+Tab",), "previous_pane"),
    Action("four", "Four views", "View", ("4", "Num+4"), "four_views", "is_four"),
    Action("cc", "CC pair", "View", ("C",), "cc_pair", "is_cc"),
    Action("mlo", "MLO pair", "View", ("M",), "mlo_pair", "is_mlo"),
    Action("single", "This view alone", "View", ("Return", "Num+5"), "single", "is_single"),
    Action("cycle-layout", "Layouts in turn", "View", ("L",), "cycle_layout"),
    Action("zoom-in", "Zoom in", "View", ("+", "="), "zoom_in", separate=True),
    Action("zoom-out", "Zoom out", "View", ("-",), "zoom_out"),
    Action("native", "One to one", "View", ("1",), "native"),
    Action("fit", "Fit", "View", ("F",), "fit"),
    Action("pan-up", "Look up", "View", ("Up",), "pan_up", separate=True),
    Action("pan-down", "Look down", "View", ("Down",), "pan_down"),
    Action("pan-left", "Look left", "View", ("Left",), "pan_left"),
    Action("pan-right", "Look right", "View", ("Right",), "pan_right"),
    Action("link", "Zoom, pan and frames linked", "View", ("K",), "toggle_linked", "is_linked", separate=True),
    Action("texts", "Texts", "View", ("T",), "toggle_texts", "is_annotated"),
    Action("all-texts", "All texts", "View", ("A",), "toggle_all_texts", "has_all_texts"),
    Action("overlays", "Overlays of the file", "View", ("O",), "toggle_overlays", "has_overlays"),
    *OVERLAID_ACTIONS,
    Action("study-panel", "Study list", "View", ("F8",), "toggle_study_panel", "has_study_panel", separate=True),
    Action("side-panel", "Side panel", "View", ("F9",), "toggle_side_panel", "has_side_panel"),
    Action("full-screen", "Full screen, images only", "View", ("F11",), "toggle_full_screen", "is_full_screen"),
    Action("second-monitor", "Second monitor", "View", ("Shift+F11",), "toggle_second_monitor", "has_second_monitor"),
    Action("next-voi", "Next window", "Grey levels", ("W",), "next_voi"),
    Action("previous-voi", "Previous window", "Grey levels", ("Shift+W",), "previous_voi"),
    Action("wider", "Wider window", "Grey levels", ("]",), "wider", separate=True),
    Action("narrower", "Narrower window", "Grey levels", ("[",), "narrower"),
    Action("brighter", "Brighter", "Grey levels", (".",), "brighter"),
    Action("darker", "Darker", "Grey levels", (",",), "darker"),
    Action("invert", "Invert", "Grey levels", ("I",), "toggle_invert", "is_inverted", separate=True),
    Action("air-black", "Air black when inverted", "Grey levels", ("B",), "toggle_air_black", "is_air_black"),
    Action("reset", "Reset position and window", "Grey levels", ("R",), "reset"),
    Action("grey-panel", "Grey levels of this view", "Grey levels", ("G",), "toggle_grey_panel", "has_grey_panel"),
    Action("heat", "Heat map", "Heat map", ("H", "Num+."), "toggle_heat", "is_heat_visible"),
    Action("hold-heat", "Hold the heat map off", "Heat map", ("X",), "hold_heat", held=True),
    Action("opacity-up", "More opaque", "Heat map", ("Ctrl+Up",), "opacity_up", separate=True),
    Action("opacity-down", "Less opaque", "Heat map", ("Ctrl+Down",), "opacity_down"),
    Action("threshold-up", "Raise threshold", "Heat map", ("Shift+Up",), "threshold_up"),
    Action("threshold-down", "Lower threshold", "Heat map", ("Shift+Down",), "threshold_down"),
    Action("color-map", "Next colour map", "Heat map", ("Y",), "next_color_map"),
    Action("heat-below", "Show below operating point", "Heat map", ("U",), "toggle_heat_below", "is_heat_below"),
    Action("retry", "Start the classifier again", "Heat map", ("Ctrl+R",), "retry", separate=True),
    Action("next-frame", "Next frame", "Tomosynthesis", ("Shift+Right",), "next_frame"),
    Action("previous-frame", "Previous frame", "Tomosynthesis", ("Shift+Left",), "previous_frame"),
    Action("frames-on", "A tenth of the frames on", "Tomosynthesis", ("Ctrl+Right",), "frames_on"),
    Action("frames-back", "A tenth of the frames back", "Tomosynthesis", ("Ctrl+Left",), "frames_back"),
    Action("first-frame", "First frame", "Tomosynthesis", ("Home",), "first_frame"),
    Action("last-frame", "Last frame", "Tomosynthesis", ("End",), "last_frame"),
    Action("cine", "Cine", "Tomosynthesis", ("V",), "toggle_cine", "is_cine", separate=True),
    Action("cine-faster", "Cine faster", "Tomosynthesis", ("Ctrl+.",), "cine_faster"),
    Action("cine-slower", "Cine slower", "Tomosynthesis", ("Ctrl+,",), "cine_slower"),
    Action("slab", "Slab: 1, 3, 5, 9, all frames", "Tomosynthesis", ("S",), "next_slab", separate=True),
    Action("projection", "Slab: maximum or average", "Tomosynthesis", ("Shift+S",), "toggle_projection"),
    *HELP_ACTIONS,
    Action("tour", "Tour", "Help", ("Ctrl+F1",), "take_tour"),
    Action("about", "About mammoview", "Help", ("Shift+F1",), "show_about"),
)

ACTIONS: tuple[Action, ...] = (*_PLAIN, *STEP_ACTIONS, *TOOL_ACTIONS, *READING_ACTIONS, *SCORE_ACTIONS)

GESTURES: tuple[tuple[str, str], ...] = (
    ("Drag", "Window: right wider, down darker"),
    ("Shift + drag", "Window of all views"),
    ("Wheel", "Zoom at the cursor; through the frames of tomosynthesis"),
    ("Ctrl + wheel", "Zoom at the cursor"),
    ("Middle drag, Space + drag", "Pan"),
    ("Double click", "This view alone, and back"),
    ("Right click", "Commands for this place"),
    ("Drag on a mark", "Move it, or one of its points; Shift keeps the tool for the next"),
    ("Double click on a finding or text", "Describe it"),
    ("Drop files or folders", "Open them"),
)
"""What the mouse does: (gesture, text)."""


def check_unique(actions: tuple[Action, ...]) -> None:
    """Raise ValueError where two commands share an id or a key, or a menu is not known."""
    seen: dict[str, str] = {}
    for action in actions:
        for name in (f"id {action.id}", *(f"key {key.casefold()}" for key in action.keys)):
            if name in seen:
                raise ValueError(f"{name} belongs to both {seen[name]!r} and {action.id!r}")
            seen[name] = action.id
        if action.menu not in MENUS:
            raise ValueError(f"{action.id!r} is in an unknown menu")


check_unique(ACTIONS)


def action(action_id: str) -> Action:
    """The row with this id."""
    return next(row for row in ACTIONS if row.id == action_id)


def key_table_markdown() -> str:
    """The key table for the README."""
    lines = ["| Menu | Command | Keys |", "|---|---|---|"]
    for menu in MENUS:
        for row in (row for row in ACTIONS if row.menu == menu):
            keys = ", ".join(f"`{key}`" for key in row.keys)
            hold = " (while pressed)" if row.held else ""
            lines.append(f"| {menu} | {row.text}{hold} | {keys} |")
    lines.extend(f"| Mouse | {text} | {gesture} |" for gesture, text in GESTURES)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(key_table_markdown(), end="")
