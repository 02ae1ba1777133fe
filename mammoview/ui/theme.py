"""Owns the colours, the font and the style sheet of the window.

One accent; amber means "look here", red means "this failed", and neither stands for anything else.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from mammoview.resources import resource

BACK = "#0e1114"
PANEL = "#15191d"
RAISED = "#1c2126"
LINE = "#252b31"
TEXT = "#b8c0c8"
DIM = "#8b959f"
FAINT = "#4a535c"
ACCENT = "#3aa6a0"
ACCENT_DARK = "#2b6f6b"
ACCENT_DEEP = "#16292a"
AMBER = "#e0a848"
RED = "#e0705f"

BAR_HEIGHT = 36
STATUS_HEIGHT = 24
SIDE_WIDTH = 280
LIST_WIDTH = 212

_FURTHER_FAMILIES = {
    "zh_CN": (
        *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei"),
        *("PingFang SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback"),
    )
}
"""Where the letters come from that Inter lacks, by language; where none is there, any font of the system."""

_STYLE = f"""
* {{ font-size: 12px; color: {TEXT}; outline: none; }}
QWidget#window, QDialog, QMessageBox, QFileDialog {{ background: {BACK}; }}
QWidget#topBar {{ background: {PANEL}; border-bottom: 1px solid {LINE}; }}
QWidget#statusBar {{ background: {PANEL}; border-top: 1px solid {LINE}; }}
QWidget#statusBar QLabel {{ color: {DIM}; font-size: 11px; }}
QWidget#sidePanel, QScrollArea#sideScroll {{ background: {PANEL}; border: none; }}
QScrollArea#sideScroll {{ border-left: 1px solid {LINE}; }}
QWidget#studyPanel {{ background: {PANEL}; border-right: 1px solid {LINE}; }}
QWidget#grid, QWidget#emptyState {{ background: #000000; }}
QFrame#tourCard {{ background: {RAISED}; border: 1px solid {ACCENT_DARK}; border-radius: 5px; }}
QFrame#tourCard QPushButton {{ padding: 3px 10px; }}
QLabel {{ background: transparent; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QLabel[role="dim"] {{ color: {DIM}; }}
QLabel[role="small"] {{ color: {DIM}; font-size: 11px; }}
QLabel[role="heading"] {{ color: {DIM}; font-size: 11px; }}
QLabel[role="title"] {{ font-size: 13px; }}
QLabel[role="large"] {{ font-size: 26px; }}
QLabel[role="failed"] {{ color: {RED}; }}
QLabel[role="caution"] {{ color: {AMBER}; }}
QFrame[role="rule"] {{ background: {LINE}; border: none; max-height: 1px; min-height: 1px; }}
QMenuBar {{ background: transparent; border: none; padding: 0; }}
QMenuBar::item {{ background: transparent; color: {DIM}; padding: 10px 8px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {RAISED}; color: {TEXT}; }}
QMenu {{ background: {RAISED}; border: 1px solid {LINE}; padding: 5px 0; }}
QMenu::item {{ padding: 5px 28px 5px 26px; }}
QMenu::item:selected {{ background: #2a3239; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 5px 0; }}
QMenu::icon {{ left: 7px; }}
QMenu::icon:checked {{ background: {ACCENT_DEEP}; border-radius: 3px; }}
QMenu::indicator {{ width: 5px; height: 5px; left: 11px; border-radius: 2px; background: transparent; }}
QMenu::indicator:checked {{ background: {ACCENT}; }}
QToolButton {{ background: transparent; border: none; border-radius: 3px; padding: 4px 8px; color: {DIM}; }}
QToolButton:hover {{ background: {RAISED}; color: {TEXT}; }}
QToolButton:checked {{ color: {ACCENT}; background: {RAISED}; }}
QToolButton:disabled {{ color: {FAINT}; }}
QToolButton:focus {{ border: 1px solid {ACCENT}; padding: 3px 7px; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QWidget#topBar QToolButton {{ padding: 5px 7px; }}
QToolButton[role="link"] {{ padding: 0 2px; font-size: 11px; color: {AMBER}; }}
QPushButton {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 3px; padding: 6px 14px; }}
QPushButton:hover {{ border-color: {FAINT}; }}
QPushButton:pressed, QPushButton:checked {{ border-color: {ACCENT}; }}
QPushButton:default {{ border-color: {ACCENT_DARK}; background: {ACCENT_DEEP}; }}
QPushButton:focus {{ border: 2px solid {ACCENT}; padding: 5px 13px; }}
QPushButton:disabled {{ color: {FAINT}; }}
QCheckBox, QRadioButton {{ spacing: 8px; background: transparent; border: 1px solid transparent;
    border-radius: 3px; padding: 2px 4px; }}
QWidget#sidePanel QCheckBox {{ padding: 1px 0; margin-left: -1px; }}
QWidget#sidePanel QCheckBox:focus {{ border-color: {ACCENT}; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {ACCENT}; }}
QCheckBox:disabled {{ color: {FAINT}; }}
QCheckBox::indicator, QRadioButton::indicator, QDialog QListWidget::indicator {{
    width: 11px; height: 11px; border: 1px solid {FAINT}; background: {BACK}; border-radius: 2px; }}
QRadioButton::indicator {{ border-radius: 6px; }}
QCheckBox::indicator:checked, QRadioButton::indicator:checked, QDialog QListWidget::indicator:checked {{
    background: {ACCENT}; border-color: {ACCENT}; }}
QComboBox {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 3px; padding: 4px 8px; }}
QComboBox:hover {{ border-color: {FAINT}; }}
QComboBox:focus, QComboBox:on {{ border: 2px solid {ACCENT}; padding: 3px 7px; }}
QComboBox:disabled {{ color: {FAINT}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ width: 0; height: 0; border-left: 4px solid {RAISED};
    border-right: 4px solid {RAISED}; border-top: 4px solid {DIM}; }}
QComboBox QAbstractItemView {{ background: {RAISED}; border: 1px solid {LINE}; selection-background-color: #2a3239; }}
QSlider {{ background: transparent; min-height: 18px; border: 1px solid transparent; border-radius: 3px; }}
QSlider:focus {{ border-color: {ACCENT}; }}
QSlider::groove:horizontal {{ height: 2px; background: {FAINT}; }}
QSlider::sub-page:horizontal {{ height: 2px; background: {ACCENT}; }}
QSlider::handle:horizontal {{ width: 10px; height: 10px; margin: -4px 0; border-radius: 5px; background: {TEXT}; }}
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{ background: {FAINT}; }}
QListWidget, QPlainTextEdit, QTextBrowser, QTreeView, QListView, QTableView {{
    background: {BACK}; border: 1px solid {LINE}; selection-background-color: #2a3239; }}
QWidget#studyPanel QListWidget {{ background: transparent; border: none; }}
QListWidget::item {{ padding: 0; }}
QLineEdit, QAbstractSpinBox {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 3px; padding: 4px 6px; }}
QAbstractSpinBox {{ padding: 4px 20px 4px 4px; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {{
    border: none; padding: 0 6px; background: transparent; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent; width: 18px; }}
QAbstractSpinBox::up-arrow {{ width: 0; height: 0; border-left: 4px solid {BACK}; border-right: 4px solid {BACK};
    border-bottom: 4px solid {DIM}; }}
QAbstractSpinBox::down-arrow {{ width: 0; height: 0; border-left: 4px solid {BACK}; border-right: 4px solid {BACK};
    border-top: 4px solid {DIM}; }}
QAbstractSpinBox:focus {{ border: 2px solid {ACCENT}; padding: 3px 19px 3px 3px; }}
QLineEdit:focus {{ border: 2px solid {ACCENT}; padding: 3px 5px; }}
QAbstractItemView:focus, QPlainTextEdit:focus, QTextBrowser:focus {{ border: 1px solid {ACCENT}; }}
QHeaderView::section {{ background: {PANEL}; border: none; padding: 4px; color: {DIM}; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; min-height: 28px; border-radius: 4px; }}
QScrollBar::handle:vertical:hover {{ background: {FAINT}; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; }}
QScrollBar::handle:horizontal {{ background: {LINE}; min-width: 28px; border-radius: 4px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px 6px; }}
"""


def apply_theme(application: QApplication, language: str = "en") -> None:
    """Font, palette and style sheet for the whole application, which speaks `language`, a code of `translation`."""
    number = QFontDatabase.addApplicationFont(str(resource("fonts", "Inter-Regular.otf")))
    families = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    if families:
        font = QFont([families[0], *_FURTHER_FAMILIES.get(language, ())])
        font.setPixelSize(12)
        application.setFont(font)
    application.setStyle("Fusion")
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, color in (
        (roles.Window, BACK),
        (roles.Base, BACK),
        (roles.AlternateBase, PANEL),
        (roles.Button, RAISED),
        (roles.WindowText, TEXT),
        (roles.Text, TEXT),
        (roles.ButtonText, TEXT),
        (roles.ToolTipBase, RAISED),
        (roles.ToolTipText, TEXT),
        (roles.Highlight, "#2a3239"),
        (roles.HighlightedText, TEXT),
        (roles.PlaceholderText, DIM),
        (roles.Link, ACCENT),
    ):
        palette.setColor(role, QColor(color))
    application.setPalette(palette)
    application.setStyleSheet(_STYLE)
