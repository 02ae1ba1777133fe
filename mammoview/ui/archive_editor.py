"""Owns the form in which one archive is described. Keeps nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mammoview.archive.pacs.nodes import OUR_AE_TITLE, RECEIVER_PORT, RETRIEVALS, Node
from mammoview.archive.pacs.tls import TlsFiles
from mammoview.core.errors import MammoviewError, UsageError
from mammoview.ui.message_line import MessageLine

if TYPE_CHECKING:
    from collections.abc import Iterable

_PORT = 104
_LAST_PORT = 65535


class ArchiveEditor(QDialog):
    """`keep` gets the archive and may raise MammoviewError, which is said; the form stays then. `node` is the archive
    that is changed, None for a new one."""

    def __init__(self, parent: QWidget, node: Node | None, keep: Callable[[Node], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New archive") if node is None else self.tr("Change the archive"))
        self._keep = keep
        self.name, self.ae_title, self.host, self.our_ae_title = (QLineEdit() for _ in range(4))
        self.port, self.move_port = _port_box(), _port_box()
        self.retrieve = QComboBox()
        self.retrieve.addItem(self.tr("C-GET: over the connection that asks"), RETRIEVALS[0])
        self.retrieve.addItem(self.tr("C-MOVE: the archive calls back"), RETRIEVALS[1])
        self.is_safe = QCheckBox(self.tr("Encrypted (TLS)"))
        self.certificate, self.key, self.authority, self.server_name = (QLineEdit() for _ in range(4))
        self.message = MessageLine()
        self._show(node)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.form = self._laid_out()
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(12)
        column.addLayout(self.form)
        column.addWidget(self.message)
        column.addWidget(buttons)
        self.setMinimumWidth(520)
        self.retrieve.currentIndexChanged.connect(lambda _: self._show_rows())
        self.is_safe.toggled.connect(lambda _: self._show_rows())
        self._show_rows()
        self.name.setFocus()

    def node(self) -> Node:
        """What is written there now. Raises UsageError that says what cannot be."""
        texts = (self.name, self.ae_title, self.host, self.our_ae_title)
        name, ae_title, host, ours = (line.text().strip() for line in texts)
        retrieve, tls = self.retrieve.currentData(), self._tls()
        return Node(name, ae_title, host, self.port.value(), ours, retrieve, self.move_port.value(), tls)

    def accept(self) -> None:
        """Hand it over; what cannot be is said and asked for again."""
        try:
            self._keep(self.node())
        except MammoviewError as error:
            self.message.say(str(error), failed=True)
            return
        super().accept()

    def _tls(self) -> TlsFiles | None:
        if not self.is_safe.isChecked():
            return None
        texts = [line.text().strip() for line in (self.certificate, self.key, self.authority)]
        if not all(texts):
            raise UsageError(
                self.tr("an encrypted connection needs three files"),
                self.tr("choose certificate, key and authority"),
            )
        certificate, key, authority = (Path(text).absolute() for text in texts)
        return TlsFiles(certificate, key, authority, self.server_name.text().strip())

    def _show(self, node: Node | None) -> None:
        self.our_ae_title.setText(OUR_AE_TITLE)
        self.port.setValue(_PORT)
        self.move_port.setValue(RECEIVER_PORT)
        if node is None:
            return
        for line, text in (
            (self.name, node.name),
            (self.ae_title, node.ae_title),
            (self.host, node.host),
            (self.our_ae_title, node.our_ae_title),
        ):
            line.setText(text)
        self.port.setValue(node.port)
        self.move_port.setValue(node.move_port)
        self.retrieve.setCurrentIndex(RETRIEVALS.index(node.retrieve))
        self.is_safe.setChecked(node.tls is not None)
        if node.tls is not None:
            self.certificate.setText(str(node.tls.certificate))
            self.key.setText(str(node.tls.key))
            self.authority.setText(str(node.tls.authority))
            self.server_name.setText(node.tls.server_name)

    def _laid_out(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&Name"), self.name)
        form.addRow(self.tr("&AE title"), self.ae_title)
        form.addRow(self.tr("&Host"), self.host)
        form.addRow(self.tr("&Port"), self.port)
        form.addRow(self.tr("&Our AE title"), self.our_ae_title)
        form.addRow(self.tr("&Images come by"), self.retrieve)
        form.addRow(self.tr("Our port &for them"), self.move_port)
        form.addRow("", self.is_safe)
        self._files = [
            self._file_row(form, text, line)
            for text, line in (
                (self.tr("Our certificate"), self.certificate),
                (self.tr("Its key"), self.key),
                (self.tr("Authority"), self.authority),
            )
        ]
        form.addRow(self.tr("Name in its certificate"), self.server_name)
        return form

    def _file_row(self, form: QFormLayout, text: str, line: QLineEdit) -> QWidget:
        whole, choose = QWidget(), QPushButton(self.tr("Choose"))
        choose.setAutoDefault(False)
        choose.clicked.connect(partial(self._choose, line))
        line.setAccessibleName(text)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(line, 1)
        row.addWidget(choose)
        form.addRow(text, whole)
        return whole

    def _choose(self, line: QLineEdit) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a PEM file"), line.text())
        if path:
            line.setText(path)

    def _show_rows(self) -> None:
        """Only what matters for how it is chosen."""
        safe, move = self.is_safe.isChecked(), self.retrieve.currentData() == RETRIEVALS[1]
        self.form.setRowVisible(self.move_port, move)
        rows: Iterable[QWidget] = (*self._files, self.server_name)
        for row in rows:
            self.form.setRowVisible(row, safe)
        self.adjustSize()


def _port_box() -> QSpinBox:
    box = QSpinBox()
    box.setRange(1, _LAST_PORT)
    box.setGroupSeparatorShown(False)
    return box
